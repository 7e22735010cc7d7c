import { writeFileSync } from 'node:fs';
import { budgetsJsonSchema } from '../gate/json-schema.ts';
import { reportJsonSchema } from './json-schema.ts';

writeFileSync(new URL('../report.schema.json', import.meta.url), reportJsonSchema());
writeFileSync(new URL('../budgets.schema.json', import.meta.url), budgetsJsonSchema());

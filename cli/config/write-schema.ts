import { writeFileSync } from 'node:fs';
import { configJsonSchema } from './schema.ts';

writeFileSync(new URL('./schema.json', import.meta.url), configJsonSchema());

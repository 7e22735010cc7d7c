import { writeFileSync } from 'node:fs';
import { sweepJsonSchema } from '../../reports/sweep/sweep-schema.ts';
import { sweepFileJsonSchema } from './sweep-file.ts';

writeFileSync(new URL('./sweep.schema.json', import.meta.url), sweepFileJsonSchema());
writeFileSync(new URL('../../reports/sweep.schema.json', import.meta.url), sweepJsonSchema());

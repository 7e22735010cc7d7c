import { writeFileSync } from 'node:fs';
import { sweepFileJsonSchema } from './sweep-file.ts';

writeFileSync(new URL('./sweep.schema.json', import.meta.url), sweepFileJsonSchema());

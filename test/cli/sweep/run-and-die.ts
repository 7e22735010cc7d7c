/** A process that kills itself when a sweep begins its Nth step: `tsx run-and-die.ts CONFIG DIRECTORY N`. */
import { readFileSync } from 'node:fs';
import type { SweepFile } from '../../../cli/sweep/sweep-file.ts';
import { sweep } from './sweep.ts';

const [config = '', directory = '', step = '1'] = process.argv.slice(2);
let begun = 0;
await sweep(JSON.parse(readFileSync(config, 'utf8')) as SweepFile, directory, {
  onEvent: ({ type }) => {
    if (type === 'step-started' && ++begun === Number(step)) process.kill(process.pid, 'SIGKILL');
  },
});

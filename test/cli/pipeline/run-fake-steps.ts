/** A process to be killed: `tsx run-fake-steps.ts DIRECTORY DIARY COUNT`. */
import { runSteps } from '../../../cli/pipeline/run-steps.ts';
import { fakeSteps } from './fake-steps.ts';

const [directory = '', diary = '', count = '1'] = process.argv.slice(2);
await runSteps(fakeSteps(Number(count), { file: diary }), {
  directory,
  emit: () => process.stdout.write('.'),
  signal: new AbortController().signal,
});

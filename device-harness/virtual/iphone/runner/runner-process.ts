import { mkdirSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { CONTRACT_VERSION, layout, RUNNER_BUNDLE_ID, type RunnerInfo } from '../../../runner/index.ts';
import { readState } from '../iphone-state.ts';
import { thermalOf } from './conditions.ts';
import { runBatch } from './run-batch.ts';
import type { RunnerStart } from './start.ts';
import { writeJson } from './write-json.ts';

const end = (): void => {
  process.kill(process.pid, 'SIGKILL');
};

process.on('disconnect', end);
process.once('message', (start) => void launch(start as RunnerStart));

/** The runner app of a virtual iPhone in a process of its own. It ends when its batch has, or when the phone is gone. */
async function launch(start: RunnerStart): Promise<void> {
  mkdirSync(start.caches, { recursive: true });
  writeJson(join(start.documents, layout.runnerInfo), info(start));
  const at = start.args.indexOf('--batch');
  if (at < 0) return;
  await runBatch(start, start.args[at + 1] ?? '');
  process.off('disconnect', end);
  process.disconnect();
}

function info({ phone, version, productType, system }: RunnerStart): RunnerInfo {
  const state = readState(phone);
  return {
    schema: CONTRACT_VERSION, version, bundleId: RUNNER_BUNDLE_ID, device: productType, system: 'iOS', systemVersion: system, build: 'VIRTUAL',
    processors: ['cpu', 'gpu', 'ane'], memoryBytes: totalmem(), freeBytes: state.freeBytes,
    battery: { level: state.battery.level / 100, state: state.battery.charging ? 'charging' : 'unplugged' }, thermal: thermalOf(state), lowPowerMode: state.lowPowerMode, simulated: true, at: new Date().toISOString(),
  };
}

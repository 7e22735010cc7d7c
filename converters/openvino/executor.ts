import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Executor, NamedArrays } from '../../models/contracts/index.ts';
import { type ArrayFile, readArrays, writeArrays } from '../toolchain/index.ts';
import { explainedByOpenVino } from './failure.ts';
import { outputNames } from './output-names.ts';
import type { OpenVinoToolchain } from './toolchain.ts';
import { exactSettings } from './unit-settings.ts';

const TIMEOUT_MS = 600_000;

/**
 * OpenVINO on `CPU`, `GPU`, `GPU.1` or `NPU` as an executor. On the CPU it computes in the precision of the model, never in bfloat16. Feeds of one
 * shape share a compilation. `run` throws ExternalError with OpenVINO's own words where it refuses a model, crashes or hangs.
 */
export function openVinoExecutor({ worker }: OpenVinoToolchain, device: string): Executor {
  const id = `openvino:${device}`;
  return {
    id,
    run: async (modelPath, feeds, { threads, fetch = [], timeoutMs = TIMEOUT_MS, signal } = {}) => {
      const folder = await mkdtemp(join(tmpdir(), 'dyno-openvino-'));
      try {
        const args = {
          model: modelPath, device, config: exactSettings(device, threads), outputs: [...outputNames(modelPath), ...fetch], folder,
          feeds: feeds.map((feed, number) => writeArrays(feed, folder, number)),
        };
        const { value } = await worker.run<{ results: ArrayFile[][] }>('openvino.run', args, { what: `run of ${basename(modelPath)} on ${id}`, timeoutMs, ...(signal ? { signal } : {}) });
        return value.results.map((files): NamedArrays => readArrays(files));
      } catch (error) {
        throw explainedByOpenVino(error);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    close: () => worker.close(),
  };
}

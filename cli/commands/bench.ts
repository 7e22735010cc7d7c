import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { DeviceStops, StoppedByHand } from '../pipeline/device-stops.ts';
import type { Steerable } from '../pipeline/run-control.ts';
import type { Handler } from '../program/bind.ts';
import { benchText } from '../text/bench-text.ts';
import { plural } from '../ui/numbers.ts';
import { benchModels } from '../work/bench-models.ts';
import { modelRefs } from '../work/model-refs.ts';
import { checkDevices } from '../work/open-devices.ts';
import { oneStep } from '../work/one-step.ts';

/** `dyno bench`: models side by side, on one device or on several at the same time. */
export const bench: Handler<object> = async (args, _options, session) => {
  const { config } = await session.resolve();
  checkDevices(config.bench, config.farms);
  if (config.bench.on.length === 0) throw new UserError('The settings say that nothing is timed (bench.on: none).', ['Name a device: --on host.']);
  const models = modelRefs(args, config, session.io.cwd());
  const folder = mkdtempSync(join(tmpdir(), 'dyno-bench-'));
  try {
    const result = await oneStep(session, 'bench', `Time ${plural(models.length, 'model')} on ${config.bench.on.join(', ')}`, async ({ id, emit }) => {
      const stops = new DeviceStops();
      const release = session.control.serve(onlyStopping((device) => stops.stop(device, () => emit({ type: 'device-stopped', at: new Date().toISOString(), id, device, by: 'user' }))));
      const value = await benchModels({ id, models, settings: config.bench, phone: config.phone, farms: config.farms, coreml: config.convert.coreml, seed: config.seed, folder, env: session.io.env, emit, signal: session.signal, stopOf: (device) => stops.signalOf(device) }).catch(explained).finally(release);
      return { value, summary: plural(value.measurements.reduce((sum, { blocks }) => sum + blocks.length, 0), 'block') };
    });
    const reference = models.length > 1 ? (models[0]?.id ?? null) : null;
    await session.present({ json: { reference, ...result }, text: benchText(result, reference, session.style) });
    return result.failures.length + result.lost.length + result.takenOut.length > 0 ? EXIT.couldNotRun : EXIT.ok;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

/** A single step can neither be left out nor asked about, but phones can be taken out of it. */
function onlyStopping(stopDevice: (device: string) => boolean): Steerable {
  return { skip: () => false, retry: () => false, answer: () => false, stopDevice };
}

function explained(error: unknown): never {
  throw error instanceof StoppedByHand ? new UserError('All devices were taken out by hand: nothing was measured.', ['Run it again, and leave one in.']) : error;
}

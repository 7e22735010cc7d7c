import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveTarget } from '../../converters/rules/index.ts';
import { BLOCK_PROFILES } from '../../device-harness/index.ts';
import { CORE_ML_UNITS } from '../../device-harness/devices/iphone/unit-proof.ts';
import { type PackageToPack, type WrittenIphoneBundle, writeIphoneBundle } from '../../device-harness/pack/iphone-bundle.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import type { Config } from '../config/config.ts';
import { packageVersion } from '../package-root.ts';
import { openIphonePackages } from './iphone-packages.ts';
import type { PackRequest } from './phones-pack.ts';

export interface IphonePackRequest extends Omit<PackRequest, 'config'> {
  readonly config: PackRequest['config'] & Pick<Config, 'convert'>;
}

export interface PackedForIphone extends WrittenIphoneBundle {
  readonly notes: readonly string[];
}

/** Whether a bundle is for an iPhone: a Neural Engine is among the targets, and no HTP. */
export function packsForIphone(targets: readonly string[]): boolean {
  return targets.some((target) => target.startsWith('ane')) && !targets.some((target) => target.startsWith('htp'));
}

/** One archive that the runner app opens. Throws UserError for units that iPhones lack, models that Core ML cannot be made of, and where coremltools is missing. */
export async function packForIphone({ models, config, out, env, signal, progress }: IphonePackRequest): Promise<PackedForIphone> {
  const targets = config.targets.filter((target) => target.startsWith('ane'));
  const [target] = targets;
  if (!target || targets.length > 1) throw new UserError('More than one Neural Engine was named, and a bundle is for one phone.', ['Name it: --target ane:A15.']);
  const units = config.bench.units.length > 0 ? config.bench.units : Object.keys(CORE_ML_UNITS);
  const stranger = units.find((unit) => !Object.hasOwn(CORE_ML_UNITS, unit));
  if (stranger !== undefined) throw new UserError(`An iPhone has no unit "${stranger}".`, [`Use ${Object.keys(CORE_ML_UNITS).join(', ')}.`]);
  const chip = parseTarget(target).hardware === null ? null : (parseTarget(resolveTarget(target).label).hardware as string);
  const notes: string[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'dyno-packages-'));
  const opened = openIphonePackages({ coreml: config.convert.coreml, size: config.bench.size, seed: config.seed, folder, env, signal, note: (text) => notes.push(text) });
  try {
    const packages: PackageToPack[] = [];
    for (const [index, ref] of models.entries()) {
      progress(`${ref.id} as a Core ML package`, index, models.length + 1);
      const variant = await opened.variant(ref);
      packages.push({ variant, source: opened.sourceOf(variant) });
    }
    progress('writing the bundle', models.length, models.length + 1);
    const bundle = await writeIphoneBundle({
      packages, units, target, chip, rules: BLOCK_PROFILES[config.bench.profile], rounds: config.bench.rounds[0], seed: config.seed, size: config.bench.size,
      waitSeconds: config.bench.wait, dyno: packageVersion(), out, signal,
    });
    return { ...bundle, notes };
  } finally {
    await opened.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

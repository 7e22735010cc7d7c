import type { QnnBackend } from '../../converters/qnn/artifact.ts';
import { findSdk } from '../../converters/qnn/sdk.ts';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { BLOCK_PROFILES, type Variant } from '../../device-harness/index.ts';
import { type WrittenBundle, writeBundle } from '../../device-harness/pack/write-bundle.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { parseTarget } from '../../models/contracts/selectors.ts';
import type { Config } from '../config/config.ts';
import { packageVersion } from '../package-root.ts';
import type { ModelRef } from './model-refs.ts';
import { openPhoneArtifacts } from './phone-artifacts.ts';

export interface PackRequest {
  readonly models: readonly ModelRef[];
  readonly config: Pick<Config, 'bench' | 'phone' | 'targets' | 'seed'>;
  readonly out: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: (note: string, done?: number, total?: number) => void;
}

export interface Packed extends WrittenBundle {
  readonly notes: readonly string[];
}

/** Share of the whole patience before one block, as with a phone here. */
const REST_SHARE = 6;

/** One archive for a phone elsewhere. Throws UserError where no chip is named, no SDK is found, or a model cannot go to such a phone. */
export async function packModels({ models, config, out, env, signal, progress }: PackRequest): Promise<Packed> {
  const targets = config.targets.filter((target) => target.startsWith('htp'));
  const [target] = targets;
  if (!target || targets.length > 1) throw new UserError(`${targets.length === 0 ? 'No' : 'More than one'} htp target was named, and a bundle is for one chip.`, ['Name it: --target htp:SM8650.']);
  const { soc, note } = resolveSoc(parseTarget(target).hardware);
  const sdk = findSdk(config.phone.sdk, env);
  if (!sdk) throw new UserError('No QNN or QAIRT SDK was found: its qnn-net-run and libraries are what runs on a phone.', ['Install Qualcomm AI Runtime (QAIRT) and set QAIRT_SDK_ROOT, or name it: --sdk DIR.']);
  const units = (config.bench.units.length > 0 ? config.bench.units : ['htp', 'gpu', 'cpu']) as readonly QnnBackend[];
  const artifacts = openPhoneArtifacts({ phone: config.phone, size: config.bench.size, seed: config.seed, env, signal });
  try {
    const variants: Variant[] = [];
    for (const [index, ref] of models.entries()) {
      progress(`${ref.id} for ${soc.chip}`, index, models.length + 1);
      variants.push(await artifacts.variant(ref, { soc, units, sdk }));
    }
    progress('writing the bundle', models.length, models.length + 1);
    const bundle = await writeBundle({
      variants, units, soc, sdk, perf: config.phone.perf, rules: BLOCK_PROFILES[config.bench.profile], rounds: config.bench.rounds[0], seed: config.seed,
      restSeconds: Math.ceil(config.bench.wait / REST_SHARE), dyno: packageVersion(), out,
    });
    return { ...bundle, notes: note === null ? [] : [note] };
  } finally {
    await artifacts.close();
  }
}

import { existsSync, statSync } from 'node:fs';
import type { QnnArtifact, QnnBackend } from '../../converters/qnn/artifact.ts';
import { readArtifact } from '../../converters/qnn/artifact-file.ts';
import { compiledArtifacts } from '../../converters/qnn/compiled-artifact.ts';
import { isCompiledPath, readCompiledFolder } from '../../converters/qnn/compiled-folder.ts';
import type { QnnSdk } from '../../converters/qnn/sdk.ts';
import { type HtpToolchain, openHtpToolchain } from '../../converters/htp/index.ts';
import type { HtpSoc } from '../../converters/rules/index.ts';
import { type Variant, variantOf } from '../../device-harness/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { sha256File } from '../../models/onnx/index.ts';
import type { Config } from '../config/config.ts';
import { artifactFeed } from './artifact-feed.ts';
import { feedOf, openSizes } from './bench-feed.ts';
import type { ModelRef } from './model-refs.ts';

export interface PhoneArtifactsOptions {
  readonly phone: Pick<Config['phone'], 'chain'>;
  /** Side of inputs that model and contract leave open. */
  readonly size: number;
  readonly seed: number;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** A phone as far as artifacts go. */
export interface PhoneKind {
  /** Null where the chip is none that the compiler knows. */
  readonly soc: HtpSoc | null;
  readonly units: readonly string[];
  /** SDK that it runs with: what the SDK's chains are driven of. */
  readonly sdk?: QnnSdk;
}

/** What makes variants for phones; its compiler lives until `close`. */
export interface PhoneArtifacts {
  /**
   * A model with what is sent to such a phone, by unit. `ref` names an ONNX file, or what `dyno compile -o` or `dyno convert --to qnn` made: its
   * folder, or the file. Throws UserError for models that are not one graph, and for artifacts that the phone cannot run.
   */
  variant(ref: ModelRef, kind: PhoneKind): Promise<Variant>;
  close(): Promise<void>;
}

const UNITS: readonly string[] = ['htp', 'gpu', 'cpu'];

export function openPhoneArtifacts(options: PhoneArtifactsOptions): PhoneArtifacts {
  let opened: HtpToolchain | null = null;
  const toolchain = (): HtpToolchain => {
    const found = opened ?? openHtpToolchain(options.env);
    if (found instanceof UserError) throw found;
    opened = found;
    return found;
  };
  return {
    variant: async (ref, kind) => {
      const units = kind.units.map(asBackend);
      const artifacts = isArtifact(ref.path) ? await readMade(ref.path) : await made(toolchain, ref, kind, units, options);
      return madeVariant(ref, artifacts, units, kind.soc, options.seed);
    },
    close: async () => opened?.close(),
  };
}

/** Whether a path is something that was made for phones already. */
export function isArtifact(path: string): boolean {
  return existsSync(path) && (statSync(path).isDirectory() || /\.(?:bin|dlc)$/i.test(path));
}

async function readMade(path: string): Promise<ReadonlyMap<QnnBackend, QnnArtifact>> {
  if (isCompiledPath(path)) return readCompiledFolder(path);
  const artifact = await readArtifact(path);
  if (!existsSync(artifact.source.path) || (await sha256File(artifact.source.path)) !== artifact.source.sha256) {
    throw new UserError(`The model that ${path} was made of is not at hand, and outputs are compared with it: ${artifact.source.path}.`, ['Put it there again, or convert it anew.']);
  }
  return new Map(artifact.backends.map((backend) => [backend, artifact]));
}

async function made(toolchain: () => HtpToolchain, ref: ModelRef, { soc, sdk }: PhoneKind, units: readonly QnnBackend[], { phone, size, seed, env, signal }: PhoneArtifactsOptions): Promise<ReadonlyMap<QnnBackend, QnnArtifact>> {
  const shapes = openSizes(ref.path, feedOf(ref, size, seed));
  if (phone.chain === 'compiler') return compiledArtifacts(toolchain(), { modelPath: ref.path, soc, units, shapes, signal });
  const { chainArtifacts } = await import('./chain-artifacts.ts');
  return chainArtifacts({ ref, chain: phone.chain, sdk: sdk ?? null, soc, units, shapes, env, signal });
}

async function madeVariant(ref: ModelRef, made: ReadonlyMap<QnnBackend, QnnArtifact>, units: readonly QnnBackend[], soc: HtpSoc | null, seed: number): Promise<Variant> {
  const artifacts = new Map(units.flatMap((unit) => {
    const artifact = made.get(unit);
    return artifact ? [[unit, artifact] as const] : [];
  }));
  const [first] = artifacts.values();
  if (!first) throw new UserError(`${ref.path} has nothing for ${units.join(', ')}.`, [`It has ${[...made.keys()].join(', ')}.`]);
  const other = [...artifacts.values()].find(({ chip }) => chip !== null && soc !== null && chip !== soc.chip);
  if (other) throw new UserError(`${other.path} was compiled for ${other.chip}, and the phone has ${soc?.chip}: a context runs on its own chip only.`, [`Compile it again: dyno compile ${other.source.path} --target htp:${soc?.chip} -o FOLDER`]);
  return { ...(await variantOf(ref.id, first.source.path, artifactFeed({ ...ref, path: first.source.path }, first, seed))), artifacts };
}

function asBackend(unit: string): QnnBackend {
  if (!UNITS.includes(unit)) throw new UserError(`A Snapdragon phone has no unit "${unit}".`, [`Use ${UNITS.join(', ')}.`]);
  return unit as QnnBackend;
}

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { QnnArtifact, QnnBackend } from '../../converters/qnn/artifact.ts';
import { readArtifact } from '../../converters/qnn/artifact-file.ts';
import type { QnnChain, QnnForm, QnnPrecision } from '../../converters/qnn/chain-request.ts';
import { convertWithSdk } from '../../converters/qnn/convert-with-sdk.ts';
import { findSdk, type QnnSdk, sdkName } from '../../converters/qnn/sdk.ts';
import type { HtpSoc } from '../../converters/rules/index.ts';
import { cacheFolder } from '../../converters/toolchain/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { StaticShapes } from '../../models/graph/index.ts';
import { sha256File } from '../../models/onnx/index.ts';
import { DEFAULTS } from '../config/defaults.ts';
import { readyConversion } from './convert-qnn.ts';
import type { ModelRef } from './model-refs.ts';

export interface ChainArtifactsRequest {
  readonly ref: ModelRef;
  readonly chain: QnnChain;
  /** The SDK that a phone runs with; null looks for the user's. */
  readonly sdk: QnnSdk | null;
  readonly soc: HtpSoc | null;
  readonly units: readonly QnnBackend[];
  /** Sizes of inputs that the file leaves open. */
  readonly shapes: StaticShapes;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** Minutes that one call of a tool may take. */
const TIME_LIMIT = '60';

/**
 * The same as `compiledArtifacts` by the SDK's own tools, in the cache by content: for `htp` a context binary in fp16; for `gpu` (fp16) and `cpu` (fp32)
 * a DLC, or a model library of the older chain, which has no other form. Throws as `dyno convert --to qnn` does.
 */
export async function chainArtifacts(request: ChainArtifactsRequest): Promise<ReadonlyMap<QnnBackend, QnnArtifact>> {
  const sdk = request.sdk ?? findSdk(null, request.env);
  if (!sdk) throw new UserError(`There is no QNN or QAIRT SDK here, and --chain ${request.chain} is of its tools.`, ['Name its folder: --sdk DIR, or QAIRT_SDK_ROOT.', 'Without it: --chain compiler.']);
  const artifacts = new Map<QnnBackend, QnnArtifact>();
  for (const unit of request.units) artifacts.set(unit, await chainArtifact(request, sdk, unit));
  return artifacts;
}

async function chainArtifact(request: ChainArtifactsRequest, sdk: QnnSdk, unit: QnnBackend): Promise<QnnArtifact> {
  const { ref, chain, soc, shapes, env, signal } = request;
  if (unit === 'htp' && !soc) throw new UserError('The chip of this phone is not known, and an HTP context is made for one chip.', ['Name its chip: --chip SM8650.', 'Or leave htp out: --unit gpu,cpu.']);
  const form: QnnForm = unit === 'htp' ? 'context-binary' : chain === 'qnn' ? 'model-library' : 'dlc';
  const precision: QnnPrecision = unit === 'cpu' ? 'fp32' : 'fp16';
  const sizes = [...shapes].map(([name, dims]) => `${name}=${dims.join('x')}`);
  const key = JSON.stringify([await sha256File(ref.path), chain, form, precision, form === 'context-binary' ? soc?.chip : null, sizes, sdkName(sdk), sdk.root]);
  const out = join(cacheFolder(env), 'qnn', createHash('sha256').update(key).digest('hex'));
  const known = await readArtifact(out).catch(() => null);
  if (known) return { ...known, source: { ...known.source, path: ref.path } };
  const config = { ...DEFAULTS, targets: [`htp:${soc?.chip ?? 'SM8550'}`], phone: { ...DEFAULTS.phone, sdk: sdk.root, chain } };
  const { conversion, close } = await readyConversion({ ref, out, flags: { precision, form, chain, static: sizes, timeLimit: TIME_LIMIT }, config, cwd: process.cwd(), env, signal, progress: () => undefined });
  const { artifact } = await convertWithSdk(conversion).finally(close);
  return artifact;
}

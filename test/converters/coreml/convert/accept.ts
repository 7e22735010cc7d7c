import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertToCoreml } from '../../../../converters/coreml/convert.ts';
import type { ConvertOptions } from '../../../../converters/coreml/options.ts';
import { type PackageParity, parityOfPackage } from '../../../../converters/coreml/parity/parity.ts';
import { raised, rewriteForCoreml } from '../../../../converters/coreml/prepare.ts';
import type { CoremlToolchain } from '../../../../converters/coreml/toolchain.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import type { NdArray } from '../../../../models/contracts/index.ts';
import { bindInputShapes, Model } from '../../../../models/graph/index.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import { type HostExecutor, seededInputs } from '../../../../models/run/index.ts';
import { readNpy } from '../../../support/npy.ts';
import { fixture } from '../../../support/paths.ts';

export interface Accepted {
  readonly parity: PackageParity;
  /** Operations of the plan. */
  readonly operations: readonly string[];
  readonly isByte: boolean;
}

/** An export converted with the sizes of its stored input, and compared with ONNX Runtime on that input. */
export async function acceptExport(name: string, toolchain: CoremlToolchain, host: HostExecutor, options: Pick<ConvertOptions, 'opset' | 'precision'>): Promise<Accepted> {
  return accept(fixture('exports', `${name}.onnx`), readNpy(fixture('exports', `${name}.input.npy`)), toolchain, host, options);
}

/** A model of one input, rewritten and converted for that input's sizes. */
export async function accept(path: string, input: NdArray, toolchain: CoremlToolchain, host: HostExecutor, options: Pick<ConvertOptions, 'opset' | 'precision'>): Promise<Accepted> {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-accept-'));
  const onnx = readModel(path);
  try {
    const model = new Model(onnx.proto);
    const [face] = model.graph.inputs.filter((value) => !value.initializer);
    const feed = new Map([[face?.name ?? '', input]]);
    bindInputShapes(model, new Map([[face?.name ?? '', input.dims]]));
    const { model: fit } = await rewriteForCoreml(raised(model.toProto()), options.opset, { target: resolveTarget('ane'), precision: options.precision, verify: 'off', write: { from: onnx } });
    const { package: written, plan } = await convertToCoreml(toolchain, fit, join(folder, 'x.mlpackage'), { ...options, allowDtype: true });
    const isByte = model.graph.outputs.some(({ stated }) => stated.dtype === 'uint8');
    const parity = await parityOfPackage({ package: written.path, sourceModel: path, feeds: [feed], host });
    return { parity, operations: plan.functions.flatMap((f) => f.operations.map(({ op }) => op)), isByte };
  } finally {
    onnx.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seeded bytes or floats for a model whose input is an image. */
export function seededImage(dims: readonly number[], dtype: 'uint8' | 'float32'): NdArray {
  const [feed] = seededInputs([{ name: 'image', dtype, dims, range: dtype === 'uint8' ? [0, 255] : [0, 1] }], { seed: 5, kinds: ['unit'] });
  return feed?.get('image') as NdArray;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor, InputContract, NamedArrays } from '../../../models/contracts/index.ts';
import { bindInputShapes, inferShapes, Model } from '../../../models/graph/index.ts';
import { writeModel } from '../../../models/onnx/index.ts';
import { seededInputs } from '../../../models/run/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { type CompiledFigures, compiledFigures, inFittedForm } from '../../../converters/estimate/index.ts';
import type { HtpToolchain } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { PUBLISHED_NETWORKS } from './networks.ts';
import type { PublishedRow } from './published-rows.ts';

/** Side of the picture that ranges are taken from: they do not change what is compiled. */
const CALIBRATION_SIDE = 32;

/** The row's network with seeded weights, in the form of the calibration points, compiled for the row's chip. */
export async function compileRow(row: PublishedRow, toolchain: HtpToolchain, executor: Executor): Promise<CompiledFigures> {
  const { zoo, form } = PUBLISHED_NETWORKS[row.model] as (typeof PUBLISHED_NETWORKS)[string];
  const { model: proto, network } = generateNetwork(zoo, { scale: row.scale, dynamic: true, ...(form ? { form } : {}) });
  const folder = mkdtempSync(join(tmpdir(), 'dyno-latency-'));
  try {
    const float = join(folder, 'float.onnx');
    await writeModel(proto, float);
    const open = new Model(proto);
    inferShapes(open);
    const { precision, height, width, chip } = row;
    const contracts = new Map([['input', contractOf(network.channels)]]);
    const model = await inFittedForm(open, { precision, executor, modelPath: float, feeds: [feed(network.channels)], contracts });
    const path = join(folder, 'model.onnx');
    await writeModel(model.toProto(), path);
    const sizes = precision === 'w8a8' ? [1, height, width, network.channels] : [1, network.channels, height, width];
    const plain = new Model(proto);
    bindInputShapes(plain, new Map([['input', [1, network.channels, height, width]]]));
    return await compiledFigures(toolchain, { modelPath: path, soc: resolveSoc(chip).soc, static: new Map([['input', sizes]]) }, plain);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function feed(channels: number): NamedArrays {
  const spec = { name: 'input', dtype: 'float32', dims: [1, channels, CALIBRATION_SIDE, CALIBRATION_SIDE], range: [0, 1] } as const;
  return seededInputs([spec], { seed: 1, kinds: ['unit'] })[0] as NamedArrays;
}

function contractOf(channels: number): InputContract {
  return { name: 'input', kind: 'image', color: channels === 1 ? 'y' : 'rgb', range: [0, 1], mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, channels, null, null] };
}

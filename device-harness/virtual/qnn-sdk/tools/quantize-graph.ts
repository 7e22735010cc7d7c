import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedArrays } from '../../../../models/contracts/index.ts';
import { inferShapes, Model } from '../../../../models/graph/index.ts';
import { type OnnxModel, writeModel } from '../../../../models/onnx/index.ts';
import { createHostExecutor } from '../../../../models/run/index.ts';
import { applyEncodings, encodingsOf, type EncodingsFile, type TensorEncoding } from '../../../../converters/encodings/index.ts';
import { quantizeModel, type SchemeName } from '../../../../converters/quantize/index.ts';
import { ToolFailure } from './documented-tool.ts';

export interface QuantizationRequest {
  readonly activationBits: string;
  readonly weightBits: string;
  /** Null: only what `overrides` say is quantized. */
  readonly feeds: readonly NamedArrays[] | null;
  readonly overrides: EncodingsFile | null;
  /** Values inside that carry the encoding of a face whose axes were moved. */
  readonly moved: ReadonlyMap<string, string>;
}

/** A QDQ model of a float one, and the operators that stay in float. Throws ToolFailure for encodings of tensors that the model does not have. */
export async function quantizeGraph(float: Model, onnx: OnnxModel | null, request: QuantizationRequest): Promise<{ readonly model: Model; readonly fallback: readonly string[] }> {
  const overrides = request.overrides ? overriding(float, request.overrides, request.moved) : new Map<string, TensorEncoding>();
  const calibrated = request.feeds ? await calibrate(float, onnx, request, request.feeds) : null;
  if (calibrated && overrides.size === 0) return { model: calibrated.model, fallback: [] };
  const known = [...(calibrated ? encodingsOf(calibrated.encodings).encodings.values() : [])].filter((encoding) => float.graph.values.has(encoding.name) && !(encoding.kind === 'int' && encoding.bits === 32));
  const encodings = new Map([...known.map((encoding) => [encoding.name, encoding] as const), ...overrides]);
  const { model } = applyEncodings(float, { version: '1.0.0', encodings, quantizerArgs: null, excludedLayers: [], extra: {} }, { allowLoss: true });
  const fallback = [...float.graph.nodes()].filter((node) => !node.is('Constant') && node.outputs.every((value) => value && !encodings.has(value.name))).map(({ label }) => label);
  return { model, fallback };
}

async function calibrate(float: Model, onnx: OnnxModel | null, { activationBits, weightBits }: QuantizationRequest, feeds: readonly NamedArrays[]): ReturnType<typeof quantizeModel> {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-stand-in-'));
  const executor = createHostExecutor();
  try {
    const modelPath = join(folder, 'model.onnx');
    await writeModel(float.toProto(), modelPath, onnx ? { from: onnx } : {});
    return await quantizeModel(float, { scheme: `w${weightBits}a${activationBits}` as SchemeName, range: 'minmax', rounding: 'nearest', executor, modelPath, calibration: feeds });
  } finally {
    await executor.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The user's encodings by the names of the graph. */
function overriding({ graph }: Model, file: EncodingsFile, moved: ReadonlyMap<string, string>): Map<string, TensorEncoding> {
  const missing = [...file.encodings.keys()].find((name) => !graph.values.has(name));
  if (missing !== undefined) throw new ToolFailure(`map::at: key not found (${missing})`);
  const inner = [...moved].flatMap(([value, face]) => {
    const encoding = file.encodings.get(face);
    return encoding && graph.values.has(value) ? [[value, { ...encoding, name: value }] as const] : [];
  });
  return new Map([...file.encodings, ...inner]);
}

/** A copy that may be edited. */
export function copyOf(model: Model): Model {
  const copy = new Model(model.toProto());
  inferShapes(copy);
  return copy;
}

import { DTYPE_CODES, type DType } from '../../../models/contracts/dtype.ts';
import { onnx } from '../../../models/onnx/generated/onnx-ml.js';
import type { GraphProto, ValueInfoProto } from '../../../models/onnx/proto.ts';

/** An encoded model of opset 17 around a graph. */
export function encodeModel(graph: GraphProto, opset = 17): Uint8Array {
  return onnx.ModelProto.encode({ irVersion: 9, opsetImport: [{ domain: '', version: opset }], graph: { name: 'g', ...graph } }).finish();
}

export function valueInfo(name: string, dtype: DType, dims: readonly (number | string)[]): ValueInfoProto {
  const dim = dims.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: d }));
  return { name, type: { tensorType: { elemType: DTYPE_CODES[dtype], shape: { dim } } } };
}

/** y = −relu(x), the inner value being `h`. */
export function negRelu(dims: readonly (number | string)[] = ['n']): Uint8Array {
  return encodeModel({
    input: [valueInfo('x', 'float32', dims)],
    output: [valueInfo('y', 'float32', dims)],
    node: [
      { opType: 'Relu', input: ['x'], output: ['h'] },
      { opType: 'Neg', input: ['h'], output: ['y'] },
    ],
  });
}

/** A loop of 2^60 rounds: a native call that does not come back. */
export function endless(): Uint8Array {
  const trips = { name: 'trips', dataType: DTYPE_CODES.int64, dims: [], rawData: new Uint8Array(BigInt64Array.of(2n ** 60n).buffer) };
  const body: GraphProto = {
    name: 'body',
    input: [valueInfo('i', 'int64', []), valueInfo('go', 'bool', []), valueInfo('v', 'float32', [1])],
    output: [valueInfo('go2', 'bool', []), valueInfo('v2', 'float32', [1])],
    node: [
      { opType: 'Identity', input: ['go'], output: ['go2'] },
      { opType: 'Neg', input: ['v'], output: ['v2'] },
    ],
  };
  return encodeModel({
    input: [valueInfo('x', 'float32', [1])],
    output: [valueInfo('y', 'float32', [1])],
    initializer: [trips],
    node: [{ opType: 'Loop', input: ['trips', '', 'x'], output: ['y'], attribute: [{ name: 'body', type: 5, g: body }] }],
  });
}

import { Tensor } from '../../../models/onnx/index.ts';
import type { Compression } from '../compress/compress-weights.ts';
import { readPackage } from '../package/read-package.ts';
import { programOf } from '../translate/package-executor.ts';
import { translate } from '../translate/translate.ts';

/** Weights of a saved package that are not, element by element, what their compression meant; by name. */
export function wrongWeights(path: string, { tensors }: Compression): string[] {
  const { program, body } = programOf(readPackage(path));
  const stored = translate(program, body.name).proto.graph?.initializer ?? [];
  return tensors.filter(({ name, values }) => !stored.some((initializer) => isOf(initializer.name ?? '', name) && isSame(Tensor.fromProto(initializer), values))).map(({ name }) => name);
}

/** coremltools appends to names what its passes did. */
function isOf(initializer: string, name: string): boolean {
  return initializer === name || initializer.startsWith(`${name}.`) || initializer.startsWith(`${name}_`);
}

function isSame(tensor: Tensor, values: Float64Array): boolean {
  return tensor.size === values.length && tensor.numbers().every((value, i) => value === values[i]);
}

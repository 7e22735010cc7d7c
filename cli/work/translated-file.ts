import { readPackage } from '../../converters/coreml/package/read-package.ts';
import { programOf } from '../../converters/coreml/translate/package-executor.ts';
import { translate } from '../../converters/coreml/translate/translate.ts';
import { withUnitImages } from '../../converters/coreml/translate/unit-images.ts';
import { encodeModel } from '../../models/onnx/index.ts';

/** A package's default function as the bytes of an ONNX file, its images in [0, 1]. */
export function translatedFile(path: string): Uint8Array {
  const model = readPackage(path);
  const { program, body } = programOf(model);
  const { proto } = translate(program, body.name);
  const face = model.functions.find(({ name }) => name === body.name);
  return encodeModel(face ? withUnitImages(proto, face) : proto);
}

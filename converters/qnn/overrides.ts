import { UserError } from '../../models/contracts/index.ts';
import type { Model } from '../../models/graph/index.ts';
import { encodingsText, type EncodingsFile, extractEncodings, layoutsOf, lossesText, requireResolved, writeEncodings } from '../encodings/index.ts';
import { isQuantizedInside } from '../quantize/index.ts';

/** Encodings as the converter takes them. */
export interface Overrides {
  readonly text: string;
  /** The float form of a model that was quantized; null where the model is float. */
  readonly float: Model | null;
  readonly notes: readonly string[];
}

/**
 * The encodings that go to the converter: the user's, held against the model, or those of a QDQ model, which goes to the converter in its float
 * form. Written in 0.6.1, which every SDK reads; what that cannot say is written in 1.0.0. Null for none. Throws UserError for encodings beside
 * a quantized model or of another one, and for a quantized model that is to become float.
 */
export function overridesOf(model: Model, file: EncodingsFile | null, quantized: boolean): Overrides | null {
  if (!isQuantizedInside(model.graph)) return file === null ? null : written(requireResolved(file, model.graph), model, null, []);
  if (file !== null) throw new UserError('The model is quantized already; encodings would say it twice.', ['Leave --encodings out, or give the float model.']);
  if (!quantized) throw new UserError('The model is quantized.', ['Say in which scheme, e.g. --precision w8a8; or give the float model.']);
  const extracted = extractEncodings(model, { allowLoss: true });
  const losses = extracted.losses.length > 0 ? [`Encodings cannot say all of the quantized model: ${lossesText(extracted.losses)}.`] : [];
  return written(extracted.file, extracted.model, extracted.model, [...extracted.notes, ...losses]);
}

function written(file: EncodingsFile, model: Model, float: Model | null, notes: readonly string[]): Overrides {
  const layouts = layoutsOf(model.graph);
  const legacy = writeEncodings(file, '0.6.1', layouts);
  const kept = legacy.losses.filter(({ tensor }) => tensor !== null);
  if (kept.length === 0) return { text: encodingsText(legacy.json), float, notes };
  const newer = writeEncodings(file, '1.0.0', layouts);
  return { text: encodingsText(newer.json), float, notes: [...notes, `Encodings are written in 1.0.0: 0.6.1 cannot say ${lossesText(kept)}.`] };
}

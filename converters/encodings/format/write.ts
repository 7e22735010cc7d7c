import type { EncodingsFile, EncodingsVersion, Loss, Section, TensorEncoding } from '../encoding.ts';
import type { TensorLayouts } from '../model/layout.ts';
import { writeLegacyEntry } from './legacy.ts';
import { writeEntry1 } from './version1.ts';
import { writeEntry2 } from './version2.ts';

export interface WrittenEncodings {
  /** What `JSON.stringify` writes. */
  readonly json: object;
  /** What the version cannot say; entries of which it cannot say anything are left out. */
  readonly losses: readonly Loss[];
}

const NO_LAYOUTS: TensorLayouts = { of: () => null };

/**
 * A file in another version. `layouts` (of the model that the encodings belong to) say what one version states and another takes for
 * granted: which axis channels lie along, the order of blocks, which tensors are parameters.
 */
export function writeEncodings(file: EncodingsFile, version: EncodingsVersion, layouts: TensorLayouts = NO_LAYOUTS): WrittenEncodings {
  const losses: Loss[] = [];
  const lists = new Map<Section, [string, object][]>([
    ['activation', []],
    ['parameter', []],
  ]);
  for (const encoding of file.encodings.values()) {
    const known = version === file.version ? encoding : withoutExtra(encoding, losses);
    const entry = writeEntry(known, version, layouts, losses);
    const section = encoding.section ?? layouts.of(encoding.name)?.section ?? (version === '2.0.0' ? 'activation' : null);
    if (section === null) losses.push({ tensor: encoding.name, what: 'whether it is a parameter or an activation; name the model' });
    else if (entry) lists.get(section)?.push([encoding.name, entry]);
  }
  const [activations, parameters] = [lists.get('activation') ?? [], lists.get('parameter') ?? []];
  const extra = version === file.version ? file.extra : {};
  if (version !== file.version) for (const field of Object.keys(file.extra)) losses.push({ tensor: null, what: `the field "${field}"` });
  if (version === '2.0.0') {
    if (file.quantizerArgs) losses.push({ tensor: null, what: 'quantizer_args, settings of the simulation' });
    if (file.excludedLayers.length > 0) losses.push({ tensor: null, what: `excluded_layers, ${file.excludedLayers.length} of them` });
    const names = new Map([...activations, ...parameters]);
    return { json: { version, ...extra, encodings: [...file.encodings.keys()].flatMap((name) => names.get(name) ?? []) }, losses };
  }
  const args = file.quantizerArgs
    ? { quantizer_args: version === file.version ? file.quantizerArgs : argsFor(version, file.quantizerArgs) }
    : {};
  if (version === '1.0.0') {
    const [activation_encodings, param_encodings] = [activations, parameters].map((list) => list.map(([, entry]) => entry));
    return { json: { version, activation_encodings, param_encodings, ...args, excluded_layers: file.excludedLayers, ...extra }, losses };
  }
  if (file.excludedLayers.length > 0) losses.push({ tensor: null, what: `excluded_layers, ${file.excludedLayers.length} of them` });
  const [activation_encodings, param_encodings] = [activations, parameters].map(asObject);
  return { json: { version, activation_encodings, param_encodings, ...args, ...extra }, losses };
}

function writeEntry(encoding: TensorEncoding, version: EncodingsVersion, layouts: TensorLayouts, losses: Loss[]): object | null {
  const layout = layouts.of(encoding.name);
  if (version === '0.6.1') return writeLegacyEntry(encoding, layout, losses);
  return version === '1.0.0' ? writeEntry1(encoding, layout, losses) : writeEntry2(encoding, layout, losses);
}

function withoutExtra(encoding: TensorEncoding, losses: Loss[]): TensorEncoding {
  const fields = Object.keys(encoding.extra);
  if (fields.length === 0) return encoding;
  losses.push({ tensor: encoding.name, what: `the fields ${fields.join(', ')}` });
  return { ...encoding, extra: {} };
}

/** Also for a tensor that is called `__proto__`. */
function asObject(list: readonly (readonly [string, object])[]): object {
  return Object.fromEntries(list);
}

/** 0.6.1 has Python's texts where 1.0.0 has booleans. */
function argsFor(version: EncodingsVersion, args: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(args).map(([key, value]) => {
      if (version === '0.6.1') return [key, typeof value === 'boolean' ? (value ? 'True' : 'False') : value];
      return [key, value === 'True' ? true : value === 'False' ? false : value];
    }),
  );
}

import { UserError } from '../../../models/contracts/index.ts';
import type { EncodingsFile, EncodingsVersion, Section, TensorEncoding } from '../encoding.ts';
import { Entry } from './entry.ts';
import { parseJson } from './json.ts';
import { readLegacyEntry } from './legacy.ts';
import { readEntry1 } from './version1.ts';
import { readEntry2 } from './version2.ts';

const VERSIONS: ReadonlyMap<unknown, EncodingsVersion> = new Map([
  ['0.4.0', '0.6.1'],
  ['0.5.0', '0.6.1'],
  ['0.6.1', '0.6.1'],
  ['1.0.0', '1.0.0'],
  ['2.0.0', '2.0.0'],
]);
const SECTIONS = [
  ['activation_encodings', 'activation'],
  ['param_encodings', 'parameter'],
] as const;

/**
 * Reads an encodings file of AIMET (0.6.1 with its forerunners 0.4.0 and 0.5.0, 1.0.0, 2.0.0), the format that QNN's converters take as
 * `--quantization_overrides`. Throws UserError for what is no such file, for fields of another version, names that stand twice, and grids
 * that contradict themselves.
 */
export function readEncodings(text: string): EncodingsFile {
  const file = parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  if (typeof file !== 'object' || file === null || Array.isArray(file)) throw noEncodings('it holds no object');
  const {
    version: stated,
    activation_encodings,
    param_encodings,
    encodings,
    quantizer_args,
    excluded_layers,
    ...extra
  } = file as Record<string, unknown>;
  const version = versionOf(stated, { activation_encodings, param_encodings, encodings });
  const sections =
    version === '2.0.0'
      ? []
      : SECTIONS.map(([field, section]) => ({ list: (file as Record<string, unknown>)[field] ?? [], field, section }));
  const all =
    version === '2.0.0'
      ? readList(encodings, 'encodings', readEntry2)
      : sections.flatMap(({ list, field, section }) => readSection(version, list, field, section));
  const byName = new Map<string, TensorEncoding>();
  for (const encoding of all) {
    if (byName.has(encoding.name))
      throw new UserError(`"${encoding.name}" has two encodings.`, ['Export the encodings again, or take one of the two out.']);
    byName.set(encoding.name, encoding);
  }
  if (excluded_layers !== undefined && !Array.isArray(excluded_layers)) throw noEncodings('its excluded_layers are no list');
  const args = typeof quantizer_args === 'object' && quantizer_args !== null ? (quantizer_args as Record<string, unknown>) : null;
  return { version, encodings: byName, quantizerArgs: args, excludedLayers: excluded_layers ?? [], extra };
}

interface Lists {
  readonly activation_encodings: unknown;
  readonly param_encodings: unknown;
  readonly encodings: unknown;
}

/** The version that is stated, or the legacy format where none is, as QNN takes it; what the file holds must be of that version. */
function versionOf(stated: unknown, { activation_encodings, param_encodings, encodings }: Lists): EncodingsVersion {
  const sections = [activation_encodings, param_encodings].filter((list) => list !== undefined);
  if (encodings !== undefined && sections.length > 0) throw noEncodings('it has "encodings", as 2.0.0 has it, and lists of 0.6.1 or 1.0.0');
  if (encodings === undefined && sections.length === 0)
    throw noEncodings('it has neither "param_encodings" and "activation_encodings" nor "encodings"');
  const version = stated === undefined && sections.length > 0 && !sections.some(Array.isArray) ? '0.6.1' : VERSIONS.get(stated);
  if (version === undefined) {
    const known = [...VERSIONS.keys()].join(', ');
    throw new UserError(
      stated === undefined ? 'The file states no version.' : `Version ${JSON.stringify(stated)} of encodings files is not known.`,
      [`Known are ${known}.`],
    );
  }
  const found = encodings !== undefined ? '2.0.0' : sections.some(Array.isArray) ? '1.0.0' : '0.6.1';
  if (found !== version) throw noEncodings(`it states version ${stated} and is written as ${found}`);
  return version;
}

function readSection(version: EncodingsVersion, list: unknown, field: string, section: Section): TensorEncoding[] {
  if (version === '1.0.0') return readList(list, field, (entry) => readEntry1(entry, section));
  if (typeof list !== 'object' || list === null || Array.isArray(list)) throw noEncodings(`its ${field} are no object of lists`);
  return Object.entries(list).map(([name, value]) => readLegacyEntry(name, value, section));
}

function readList(list: unknown, field: string, read: (entry: Entry) => TensorEncoding): TensorEncoding[] {
  if (!Array.isArray(list)) throw noEncodings(`its ${field} are no list`);
  return list.map((fields, i) => {
    const name = (fields as { name?: unknown } | null)?.name;
    if (typeof name !== 'string') throw noEncodings(`entry ${i} of ${field} has no name`);
    const { name: _, ...rest } = fields as Record<string, unknown>;
    return read(new Entry(name, rest));
  });
}

function noEncodings(why: string): UserError {
  return new UserError(`This is no encodings file of one version: ${why}.`, ['Export encodings as AIMET 0.6.1, 1.0.0 or 2.0.0.']);
}

import { readFileSync } from 'node:fs';
import { UserError } from '../../../models/contracts/index.ts';
import { storedBytes, type ZipEntry, zipDirectory } from './zip-directory.ts';

/** A DLC: a zip archive of records. Its metadata are JSON; the network itself is a record of a format that is not documented. */
export interface Dlc {
  readonly kind: 'dlc';
  readonly records: readonly { readonly name: string; readonly bytes: number }[];
  /** Program that wrote it, its version and arguments, as far as the metadata say. */
  readonly tool: string | null;
  readonly version: string | null;
  readonly written: string | null;
}

const METADATA = /^dlc\.metadata(?!\.history)/;
const HISTORY = /^dlc\.metadata\.history/;

/** Reads the records of a DLC. Throws UserError for files that are none. */
export function readDlc(path: string): Dlc {
  const file = readFileSync(path);
  const records = zipDirectory(file);
  if (!records?.some(({ name }) => METADATA.test(name) || name === 'model')) throw new UserError(`${path} is no DLC: ${records ? 'an archive without a model' : 'no zip archive, or cut off'}.`, ['Is it whole? dyno compile -o writes one.']);
  const metadata = jsonOf(file, records.find(({ name }) => METADATA.test(name))) as { header?: { timestamp?: string } } | null;
  const history = jsonOf(file, records.find(({ name }) => HISTORY.test(name))) as { dlcGenerationInfo?: { converterCommand?: { tool?: string; converterVersion?: string } }[] } | null;
  const command = history?.dlcGenerationInfo?.[0]?.converterCommand;
  return { kind: 'dlc', records: records.map(({ name, bytes }) => ({ name, bytes })), tool: command?.tool ?? null, version: command?.converterVersion ?? null, written: metadata?.header?.timestamp ?? null };
}

/** The JSON text of a record; a few bytes may stand before and after it. */
function jsonOf(file: Buffer, entry: ZipEntry | undefined): unknown {
  const text = entry ? storedBytes(file, entry)?.toString('latin1') : undefined;
  const [from, to] = [text?.indexOf('{') ?? -1, text?.lastIndexOf('}') ?? -1];
  if (text === undefined || from < 0 || to < from) return null;
  try {
    return JSON.parse(text.slice(from, to + 1)) as unknown;
  } catch {
    return null;
  }
}

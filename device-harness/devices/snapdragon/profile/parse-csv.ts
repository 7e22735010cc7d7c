import { meanCycles, mean, operationName, type ProfileFigures, timesOf } from './figures.ts';

/** One line of `qnn-profile-viewer --output`. */
interface Row {
  readonly message: string;
  readonly value: number;
  readonly unit: string;
  readonly source: string;
  readonly level: string;
  readonly identifier: string;
}

/**
 * Reads the viewer's CSV (`Msg Timestamp,Message,Time,Unit of Measurement,Timing Source,Event Level,Event Identifier`). Whether Qualcomm's
 * viewer writes a row for each execution, as ONNX Runtime does with the same header, is not known: N rows are N executions, and one row is
 * taken for the mean of all. Null for a text that has no such header.
 */
export function parseProfileCsv(text: string): ProfileFigures | null {
  const lines = text.split(/\r?\n/);
  const start = lines.findIndex((line) => line.startsWith('Msg Timestamp,Message,Time,'));
  if (start < 0) return null;
  const rows = lines.slice(start + 1).flatMap((line) => rowOf(line) ?? []);
  const named = (pattern: RegExp, unit: string): number[] => rows.filter((row) => row.unit === unit && row.level !== 'SUB-EVENT' && pattern.test(row.identifier)).map(({ value }) => value);
  const cycles = named(/^Accelerator \(execute\) time \(cycles\)$/i, 'CYCLES');
  return {
    initMs: initOf(rows),
    netRun: executions(executeRows(rows)),
    accelerator: executions(named(/^Accelerator \(execute\) time$/i, 'US')),
    cycles: cycles.length > 0 ? mean(cycles) : null,
    operations: meanCycles(rows.filter(({ message, unit }) => message === 'NODE' && unit === 'CYCLES').map(({ identifier, value }) => ({ name: operationName(identifier), cycles: value }))),
  };
}

/** The tool's own rows; where only the back end has rows, those without a name, which stand for the whole call. */
function executeRows(rows: readonly Row[]): number[] {
  const all = rows.filter(({ message, unit }) => message === 'EXECUTE' && unit === 'US');
  const own = all.filter(({ source, identifier }) => source === 'NETRUN' || /^NetRun$/i.test(identifier));
  const whole = all.filter(({ identifier }) => identifier === '' || identifier === 'NULL');
  return (own.length > 0 ? own : whole).map(({ value }) => value);
}

/** Microseconds to times. A single row is an aggregate: nothing tells it from one execution. */
function executions(microseconds: readonly number[]): ProfileFigures['netRun'] {
  const times = timesOf(microseconds.map((value) => value / 1000));
  return times?.each?.length === 1 ? { ...times, each: null, minMs: null, maxMs: null } : times;
}

/** INIT contains composing and finalizing where it is there at all. */
function initOf(rows: readonly Row[]): number | null {
  const first = (test: (row: Row) => boolean): number | null => rows.find((row) => row.unit === 'US' && row.level !== 'SUB-EVENT' && test(row))?.value ?? null;
  const whole = first(({ message }) => message === 'INIT') ?? first(({ identifier }) => /load binary/i.test(identifier));
  if (whole !== null) return whole / 1000;
  const parts = [first(({ message }) => message === 'COMPOSE GRAPHS'), first(({ message }) => message === 'FINALIZE')].filter((part) => part !== null);
  return parts.length > 0 ? parts.reduce((sum, part) => sum + part, 0) / 1000 : null;
}

function rowOf(line: string): Row | null {
  const fields = splitCsv(line);
  const [, message = '', time = '', unit = '', source = '', level = '', identifier = ''] = fields;
  const value = Number(time);
  if (fields.length < 7 || time === '' || !Number.isFinite(value)) return null;
  return { message: message.trim().toUpperCase(), value, unit: unit.trim().toUpperCase(), source: source.trim().toUpperCase(), level: level.trim().toUpperCase(), identifier: identifier.trim() };
}

function splitCsv(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => (quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"')));
}

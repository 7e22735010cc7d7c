import { type ExecuteTimes, meanCycles, type OperationCycles, operationName, type ProfileFigures } from './figures.ts';

interface Line {
  /** `init`, `execute:average`, …: title of the section that the line stands in. */
  readonly section: string;
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const VALUE = /^\s*(?:Backend \()?(.*?)\)?\s*:\s+([\d.]+)\s+(us|cycles|count|inf\/sec)\b/;
const TITLE = /^(Init|Compose Graphs|Finalize|De-Init|Execute) Stats(?: \((\w+)\))?:/;

/**
 * Reads what `qnn-profile-viewer` prints. Underlines and their length differ by release, so that titles count and lines that are neither
 * title nor value are passed over. The rate that it prints (IPS) has the tool's own file work in it and is never read. Null where no
 * section is found.
 */
export function parseProfileText(text: string): ProfileFigures | null {
  const lines = readLines(text);
  if (lines.length === 0) return null;
  const find = (section: string, pattern: RegExp, unit = 'us'): number | null => lines.find((line) => line.section === section && line.unit === unit && pattern.test(line.name))?.value ?? null;
  const init = find('init', /^NetRun$/) ?? sum([find('compose graphs', /^NetRun$/), find('finalize', /^NetRun$/)]) ?? find('init', /load binary/i);
  const average = (pattern: RegExp, unit?: string): number | null => find('execute:average', pattern, unit) ?? find('execute', pattern, unit);
  const times = (pattern: RegExp): ExecuteTimes | null => {
    const mean = average(pattern);
    return mean === null ? null : { each: null, meanMs: mean / 1000, minMs: milliseconds(find('execute:min', pattern)), maxMs: milliseconds(find('execute:max', pattern)) };
  };
  return {
    initMs: milliseconds(init), netRun: times(/^NetRun$/), accelerator: times(/^Accelerator \(execute\) time$/i),
    cycles: average(/^Accelerator \(execute\) time \(cycles\)$/i, 'cycles'), operations: meanCycles(operations(lines)),
  };
}

function readLines(text: string): Line[] {
  const lines: Line[] = [];
  let section: string | null = null;
  for (const line of text.split(/\r?\n/)) {
    const title = TITLE.exec(line.trim());
    if (title) section = [title[1], title[2]].flatMap((part) => part ?? []).join(':').toLowerCase();
    const value = title ? null : VALUE.exec(line);
    if (section !== null && value) lines.push({ section, name: closed(value[1] as string), value: Number(value[2]), unit: value[3] as string });
  }
  return lines;
}

/** The pattern takes the bracket that closes `Backend (`; one that belongs to the name, as in `(cycles)`, is put back. */
function closed(name: string): string {
  const open = name.split('(').length - name.split(')').length;
  return open > 0 ? `${name})` : name;
}

/** Lines below the cycles of the whole: only operations are counted in cycles there. */
function operations(lines: readonly Line[]): OperationCycles[] {
  const section = lines.some((line) => line.section === 'execute:average') ? 'execute:average' : 'execute';
  return lines
    .filter((line) => line.section === section && line.unit === 'cycles' && /OpId_\d+/.test(line.name))
    .map(({ name, value }) => ({ name: operationName(name), cycles: value }));
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length > 0 ? known.reduce((total, value) => total + value, 0) : null;
}

function milliseconds(microseconds: number | null): number | null {
  return microseconds === null ? null : microseconds / 1000;
}

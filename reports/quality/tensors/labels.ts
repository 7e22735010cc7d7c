import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../models/contracts/errors.ts';

/** File of labels beside the inputs: `FILE,LABEL` a line. */
export const LABELS_FILE = 'labels.csv';
/** File of class names beside the inputs, one a line, in the order of the model's scores. */
export const CLASSES_FILE = 'classes.txt';

/**
 * The class of each input of a folder, counted from 0: from `labels.csv`, whose labels are numbers or names of `classes.txt`; else from the folder
 * that an input lies in, which is a number, a name of `classes.txt`, or counts by its place in the alphabet. Null where nothing tells. Throws
 * UserError for labels that are neither, and for inputs that the file leaves out.
 */
export async function labelsOf(folder: string, names: readonly string[]): Promise<ReadonlyMap<string, number> | null> {
  const classes = await linesOf(join(folder, CLASSES_FILE));
  const rows = await linesOf(join(folder, LABELS_FILE));
  if (rows) return fromRows(rows, names, classes, join(folder, LABELS_FILE));
  const folders = names.map((name) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : null));
  if (names.length === 0 || folders.includes(null)) return null;
  const all = [...new Set(folders as string[])].sort();
  const numbers = all.every((name) => /^\d+$/.test(name));
  return new Map(names.map((name, i) => {
    const own = folders[i] as string;
    return [name, numbers ? Number(own) : classes ? classAt(own, classes, folder) : all.indexOf(own)];
  }));
}

function fromRows(rows: readonly string[], names: readonly string[], classes: readonly string[] | null, path: string): Map<string, number> {
  const labels = new Map(rows.flatMap((row, i): [string, number][] => {
    const at = row.lastIndexOf(',');
    const [name, label] = [row.slice(0, at).trim(), row.slice(at + 1).trim()];
    if (i === 0 && !names.includes(name)) return [];
    if (at < 1 || label === '') throw new UserError(`${path}: "${row}" is no line of FILE,LABEL.`, ['Write e.g. img_001.png,281.']);
    return [[name, /^\d+$/.test(label) ? Number(label) : classAt(label, classes, path)]];
  }));
  const without = names.find((name) => !labels.has(name));
  if (without !== undefined) throw new UserError(`${path} has no label for ${without}.`, ['Add a line, or take the file away.']);
  return labels;
}

function classAt(name: string, classes: readonly string[] | null, where: string): number {
  const at = classes?.indexOf(name) ?? -1;
  if (at >= 0) return at;
  throw new UserError(`${where}: the class "${name}" is ${classes ? `not in ${CLASSES_FILE}` : 'no number'}.`, [
    `Number the classes from 0, or list their names in ${CLASSES_FILE}, one a line, in the order of the scores.`,
  ]);
}

async function linesOf(path: string): Promise<string[] | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  return text?.split(/\r?\n/).filter((line) => line.trim() !== '') ?? null;
}

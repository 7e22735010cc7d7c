import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';

const MOST = 40;

/** Folders and models that a typed path may go on with, as they would be typed; folders end in a slash. None where there is no such folder. */
export async function completePath(typed: string, cwd: string): Promise<string[]> {
  const isFolder = typed === '' || typed.endsWith('/');
  const folder = isFolder ? typed : typed.slice(0, typed.length - (typed.split('/').at(-1) ?? '').length);
  const start = isFolder ? '' : (typed.split('/').at(-1) ?? '');
  const entries = await readdir(resolve(cwd, folder || '.'), { withFileTypes: true }).catch(() => []);
  return entries.filter(({ name }) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.'))).flatMap((entry) => {
    if (/\.(onnx|mlpackage)$/i.test(entry.name)) return [folder + entry.name];
    return entry.isDirectory() ? [`${folder + entry.name}/`] : [];
  }).sort().slice(0, MOST);
}

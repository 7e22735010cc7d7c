import { existsSync, readFileSync } from 'node:fs';
import { ToolFailure } from './documented-tool.ts';

/** Text of a file that was named on the command line. Throws ToolFailure where there is none. */
export function readTextFile(path: string): string {
  if (!existsSync(path)) throw new ToolFailure(`[Errno 2] No such file or directory: '${path}'`);
  return readFileSync(path, 'utf8');
}

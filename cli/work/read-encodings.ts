import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { type EncodingsFile, readEncodings } from '../../converters/encodings/index.ts';
import { shownPath } from './model-refs.ts';

/** Reads an encodings file; what is wrong with it is said with its path. Throws UserError. */
export function readEncodingsFile(path: string, cwd: string): EncodingsFile {
  const full = resolve(cwd, path);
  const name = shownPath(full, cwd);
  let text: string;
  try {
    text = readFileSync(full, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(
      `Cannot read ${name}: ${code === 'ENOENT' ? 'there is no such file' : code === 'EISDIR' ? 'it is a folder' : message}.`,
      ['Check the path.'],
      { cause: error },
    );
  }
  try {
    return readEncodings(text);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${name}: ${error.message}`, error.nextSteps, { cause: error }) : error;
  }
}

import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { UserError } from '../contracts/errors.ts';

/** A failure of the file system while writing `path`, as something the user can mend; anything else is returned as it is. */
export function fileError(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  const cause = { cause: error };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        `No space left to write ${path}.`,
        [`Free some space on the disk of ${dirname(path)}, or give another place.`],
        cause,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(
        `${path} must not be written to (${code}).`,
        ['Give another place, or change the permissions of the folder.'],
        cause,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      if (existsSync(dirname(path))) return new UserError(`No file can be made in ${dirname(path)}.`, ['Give another place.'], cause);
      return new UserError(`The folder ${dirname(path)} does not exist.`, [`Make it first: mkdir -p ${dirname(path)}`], cause);
    case 'EISDIR':
      return new UserError(`${path} is a folder, where a file is to be written.`, ['Give the name of a file.'], cause);
    case 'EFBIG':
    case 'EIO':
    case 'EMFILE':
    case 'ENFILE':
      return new UserError(`Cannot write ${path}: ${message}`, ['Check the disk and the limits of the system.'], cause);
    default:
      return error;
  }
}

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { UserError } from '../../../models/contracts/errors.ts';

/** Opens a page in the browser: `BROWSER`, else what the system opens pages with. Throws UserError with the path to open by hand. */
export async function openPage(path: string, env: NodeJS.ProcessEnv, platform: NodeJS.Platform = process.platform): Promise<void> {
  if (!existsSync(path)) throw new UserError(`There is no ${path}.`, ['The run did not finish.']);
  const program = env['BROWSER'] || { darwin: 'open', win32: 'explorer' }[platform as string] || 'xdg-open';
  const child = spawn(program, [path], { stdio: 'ignore', detached: true });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', () => reject(new UserError(`${program} does not start.`, [`Open ${path}`])));
  });
  child.unref();
}

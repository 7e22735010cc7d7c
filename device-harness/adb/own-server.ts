import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../converters/toolchain/environment.ts';
import { isLocked, tryLock } from '../../converters/toolchain/file-lock.ts';
import { Adb } from './adb.ts';
import { freePort } from './free-port.ts';

/** An adb server of ours, so that the user's own and its phones are left alone. */
export interface OwnAdb {
  readonly adb: Adb;
  readonly port: number;
  close(): Promise<void>;
}

/** Takes a port for an adb server, which adb starts when it is first asked for something. Servers that killed processes of ours left behind are ended. */
export async function openOwnAdb(program: string, environment: NodeJS.ProcessEnv): Promise<OwnAdb> {
  const folder = join(cacheFolder(environment), 'adb-servers');
  mkdirSync(folder, { recursive: true });
  await endOrphans(folder, program, environment);
  for (;;) {
    const port = await freePort();
    const lock = tryLock(join(folder, `${port}.lock`));
    if (!('release' in lock)) continue;
    const adb = adbAt(port, program, environment);
    return {
      adb,
      port,
      close: async () => {
        await adb.killServer();
        lock.release();
      },
    };
  }
}

async function endOrphans(folder: string, program: string, environment: NodeJS.ProcessEnv): Promise<void> {
  for (const name of readdirSync(folder)) {
    const port = Number(/^(\d+)\.lock$/.exec(name)?.[1]);
    if (Number.isNaN(port) || isLocked(join(folder, name))) continue;
    await adbAt(port, program, environment).killServer();
    rmSync(join(folder, name), { force: true });
  }
}

function adbAt(port: number, program: string, environment: NodeJS.ProcessEnv): Adb {
  return new Adb({ program, environment: { ...environment, ANDROID_ADB_SERVER_PORT: String(port) } });
}

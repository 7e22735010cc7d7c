import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExternalError } from '../../models/contracts/errors.ts';
import { forkWorker, unrefWorker } from '../../models/run/fork-worker.ts';
import { freePort } from '../adb/free-port.ts';
import { type DriverName, writeAppiumHome } from './appium-home.ts';
import { followLog } from './log-tail.ts';
import { type DriverPackages, packageFolder } from './driver-packages.ts';
import type { StartReply, StartRequest } from './protocol.ts';

export interface AppiumOptions {
  readonly drivers: readonly DriverName[];
  /** Holds the generated APPIUM_HOME and the log. */
  readonly folder: string;
  /** Variables that drivers read: ANDROID_HOME, USBMUXD_SOCKET_ADDRESS, … */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const ATTEMPTS = 3;
const START_MS = 60_000;
const STOP_MS = 3_000;
const LOG_TAIL = 4000;

/** An Appium server of ours on 127.0.0.1. It ends with this process, however that ends. */
export class AppiumServer {
  readonly port: number;
  readonly logFile: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, logFile: string) {
    this.#child = child;
    this.port = port;
    this.logFile = logFile;
    child.once('exit', followLog(logFile));
    unrefWorker(child);
  }

  /** Starts a server with a home of its own. Throws ExternalError with the end of its log when it does not come up. */
  static async start(packages: DriverPackages, options: AppiumOptions): Promise<AppiumServer> {
    const home = join(options.folder, 'appium-home');
    writeAppiumHome(home, packages, options.drivers);
    mkdirSync(options.folder, { recursive: true });
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const logFile = join(options.folder, `appium-${port}.log`);
      const request: StartRequest = {
        appium: packageFolder(packages, 'appium'), home, port, drivers: options.drivers, logFile, environment: options.environment ?? {},
        allowInsecure: options.drivers.includes('uiautomator2') ? ['uiautomator2:adb_shell'] : [],
      };
      try {
        return new AppiumServer(await launch(request, options.signal), port, logFile);
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof ExternalError) || !error.message.includes('EADDRINUSE')) throw error;
      }
    }
  }

  get pid(): number | null {
    return this.#child.exitCode === null && this.#child.signalCode === null ? (this.#child.pid ?? null) : null;
  }

  /** The last that it wrote down. */
  logTail(): string {
    return tailOf(this.logFile);
  }

  /** Ends the server, gently first. */
  async stop(): Promise<void> {
    if (this.pid === null) return;
    const gone = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(timer);
  }
}

function launch(request: StartRequest, signal: AbortSignal | undefined): Promise<ChildProcess> {
  signal?.throwIfAborted();
  const child = forkWorker('device-harness/appium/server-process');
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-LOG_TAIL); });
  return new Promise<ChildProcess>((resolve, reject) => {
    const stop = (): void => fail(signal?.reason);
    const timer = setTimeout(() => fail(failure(`did not come up within ${START_MS / 1000} s`)), START_MS);
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', stop);
    };
    const fail = (error: unknown): void => {
      end();
      child.kill('SIGKILL');
      reject(error);
    };
    const failure = (why: string): ExternalError => new ExternalError(`Appium ${why}.`, `appium --port ${request.port} --use-drivers ${request.drivers.join(',')}`, tailOf(request.logFile) || stderr, [
      'dyno doctor android and dyno doctor iphone look for the cause.',
    ]);
    signal?.addEventListener('abort', stop, { once: true });
    child.once('error', (error) => fail(failure(`did not start: ${error.message}`)));
    child.once('exit', (code, killed) => fail(failure(`ended at once (${killed ?? `exit code ${code}`})`)));
    child.once('message', (reply) => {
      const answer = reply as StartReply;
      if (!answer.ok) return fail(failure(`did not start: ${answer.message}`));
      end();
      resolve(child);
    });
    child.send(request);
  });
}

function tailOf(file: string): string {
  return existsSync(file) ? readFileSync(file, 'utf8').slice(-LOG_TAIL) : '';
}

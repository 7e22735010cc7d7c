import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ExternalError } from '../../models/contracts/errors.ts';
import { adbFailure } from '../adb/adb-failure.ts';
import { freePort } from '../adb/free-port.ts';
import { LinkLostError } from '../adb/link-lost.ts';
import { AppiumServer } from './appium-server.ts';
import { KeptServer } from './kept-server.ts';
import type { DriverPackages } from './driver-packages.ts';
import { openSession, type PhoneSession } from './session.ts';

export interface PhoneSessionsOptions {
  readonly packages: DriverPackages;
  /** Holds the server's generated home and log. */
  readonly folder: string;
  /** The adb that the driver is to use. */
  readonly adb: string;
}

export interface SessionRequest {
  readonly serial: string;
  /** Port of the adb server; null for adb's own choice. */
  readonly adbPort: number | null;
  readonly installed: boolean;
}

/** Apps that the driver needs on the phone. */
export const DRIVER_APPS = ['io.appium.settings', 'io.appium.uiautomator2.server', 'io.appium.uiautomator2.server.test'] as const;

/** Sessions of the UiAutomator2 driver on one Appium server of ours, which is started when it is needed and again when it is gone. */
export class PhoneSessions {
  readonly #options: PhoneSessionsOptions;
  readonly #server: KeptServer;

  constructor(options: PhoneSessionsOptions) {
    this.#options = options;
    this.#server = new KeptServer(
      () => AppiumServer.start(options.packages, { drivers: ['uiautomator2'], folder: options.folder, environment: { ANDROID_HOME: this.#androidHome() } }),
      'dyno doctor android looks for the cause. Or go without it: --link adb.',
    );
  }

  /**
   * A session on one phone, on a port of its own. It opens no app and leaves the adb server alone: what is wanted of it is the phone's shell. `installed`
   * says that the driver's apps are there; else it installs them. Throws ExternalError with the driver's words, LinkLostError where trying again may help.
   */
  async open(request: SessionRequest): Promise<PhoneSession> {
    let server: AppiumServer | null = null;
    try {
      server = await this.#server.running();
      return await this.#session(server, request);
    } catch (error) {
      if (!(error instanceof ExternalError) || !maybeGone(request.serial, error, server)) throw error;
      throw new LinkLostError(error.message, error.command, error.output, error.nextSteps, { cause: error });
    }
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  async #session(server: AppiumServer, { serial, adbPort, installed }: SessionRequest): Promise<PhoneSession> {
    const capabilities = {
      platformName: 'Android', 'appium:automationName': 'UiAutomator2', 'appium:udid': serial, 'appium:systemPort': await freePort(), 'appium:adbExecTimeout': 600_000,
      'appium:skipServerInstallation': installed, 'appium:skipDeviceInitialization': installed, 'appium:skipUnlock': true, 'appium:skipLogcatCapture': true, 'appium:ignoreHiddenApiPolicyError': true,
      'appium:noReset': true, 'appium:autoLaunch': false, 'appium:noSign': true, 'appium:suppressKillServer': true, ...(adbPort === null ? {} : { 'appium:adbPort': adbPort }),
    };
    return openSession(this.#options.packages, { protocol: 'http', hostname: '127.0.0.1', port: server.port, path: '/' }, capabilities);
  }

  /** Starts the server alone. */
  async start(): Promise<void> {
    await this.#server.running();
  }

  /** The driver wants adb below an Android SDK; one that holds nothing else is made. */
  #androidHome(): string {
    const home = join(this.#options.folder, 'android-home');
    const tools = join(home, 'platform-tools');
    mkdirSync(tools, { recursive: true });
    try {
      symlinkSync(this.#options.adb, join(tools, basename(this.#options.adb)));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    return home;
  }
}

/** The server was killed, while it started or later, or the phone went away under it. */
function maybeGone(serial: string, { message, output }: ExternalError, server: AppiumServer | null): boolean {
  const killed = server === null ? /\(SIG[A-Z]+\)/.test(message) : server.pid === null;
  return killed || /socket hang up|fetch failed|UND_ERR_\w+|ECONNRE(?:SET|FUSED)/.test(message) || adbFailure(serial, output)?.kind === 'lost';
}

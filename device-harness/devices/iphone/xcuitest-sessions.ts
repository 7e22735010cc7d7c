import { freePort } from '../../adb/free-port.ts';
import { AppiumServer } from '../../appium/appium-server.ts';
import { KeptServer } from '../../appium/kept-server.ts';
import type { DriverPackages } from '../../appium/driver-packages.ts';
import { openSession, type PhoneSession } from '../../appium/session.ts';
import type { IphoneInfo } from './ask-phone.ts';

export interface XcuitestOptions {
  readonly packages: DriverPackages;
  /** Holds the server's generated home and log. */
  readonly folder: string;
  /** `USBMUXD_SOCKET_ADDRESS`, where it is not the system's. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** Sessions of the XCUITest driver on one Appium server of ours, which is started when it is needed and again when it is gone. */
export class XcuitestSessions {
  readonly #options: XcuitestOptions;
  readonly #server: KeptServer;

  constructor(options: XcuitestOptions) {
    this.#options = options;
    const { packages, folder, environment } = options;
    const socket = environment?.['USBMUXD_SOCKET_ADDRESS'];
    this.#server = new KeptServer(
      () => AppiumServer.start(packages, { drivers: ['xcuitest'], folder, environment: socket === undefined ? {} : { USBMUXD_SOCKET_ADDRESS: socket } }),
      'dyno doctor iphone looks for the cause.',
    );
  }

  /** Process of the server; null while there is none. */
  async pid(): Promise<number | null> {
    return this.#server.pid();
  }

  /**
   * A session on one phone. It starts no app and captures no logs, which would cost the phone time. `agent` is the address of a WebDriverAgent
   * that runs; null has the driver start the one that is installed. Throws ExternalError with the driver's words.
   */
  async open({ udid, system, name }: IphoneInfo, agent: string | null): Promise<PhoneSession> {
    const server = await this.#server.running();
    return openSession(this.#options.packages, { protocol: 'http', hostname: '127.0.0.1', port: server.port, path: '/' }, {
      platformName: 'iOS', 'appium:automationName': 'XCUITest', 'appium:udid': udid, 'appium:platformVersion': system, 'appium:deviceName': name, 'appium:noReset': true, 'appium:autoLaunch': false,
      'appium:shouldTerminateApp': false, 'appium:skipLogCapture': true, 'appium:waitForIdleTimeout': 0,
      ...(agent === null ? { 'appium:usePreinstalledWDA': true, 'appium:wdaLocalPort': await freePort(), 'appium:mjpegServerPort': await freePort() } : { 'appium:webDriverAgentUrl': agent }),
    });
  }

  async close(): Promise<void> {
    await this.#server.close();
  }
}

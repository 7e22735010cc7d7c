import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AdbStream } from './adb-stream.ts';
import type { PhoneState } from './phone-state.ts';

/** Port on the phone that the UiAutomator2 driver forwards to. */
export const UIAUTOMATOR_PORT = 6790;

/** The UiAutomator2 server of a virtual phone: sessions, device and battery information. There is no screen behind it. */
export class UiAutomatorServer {
  readonly #state: () => PhoneState;
  readonly #server: Server;

  readonly #onSession: (alive: boolean) => void;

  /** `onSession` hears when the server has a session and when it has none: its process ends with that. */
  constructor(state: () => PhoneState, onSession: (alive: boolean) => void) {
    this.#state = state;
    this.#onSession = onSession;
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.#server.unref();
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Joins a forwarded connection of the driver with this server. */
  serve(stream: AdbStream): void {
    const socket = connect((this.#server.address() as { port: number }).port, '127.0.0.1');
    socket.on('data', (data) => void stream.write(data));
    socket.once('close', () => void stream.end());
    socket.on('error', () => socket.destroy());
    void (async () => {
      for (let data = await stream.read(); data !== null; data = await stream.read()) socket.write(data);
      socket.end();
    })();
  }

  #answer({ method, url = '' }: IncomingMessage, response: ServerResponse): void {
    const { battery, properties } = this.#state();
    const path = url.replace(/^\/(?:wd\/hub\/)?session\/[^/]+/, '/session/ID');
    const known: Readonly<Record<string, unknown>> = {
      'GET /status': { ready: true, message: 'UiAutomator2 Server is ready to accept commands' },
      'POST /session': { sessionId: 'virtual', capabilities: {} },
      'GET /session/ID': {},
      'DELETE /session/ID': null,
      'GET /session/ID/appium/device/info': {
        manufacturer: properties['ro.product.manufacturer'], model: properties['ro.product.model'], brand: properties['ro.product.brand'],
        apiVersion: properties['ro.build.version.sdk'], platformVersion: properties['ro.build.version.release'], realDisplaySize: '1080x2400', displayDensity: 420, networks: [], locale: 'en_US', timeZone: 'UTC',
      },
      'GET /session/ID/appium/device/battery_info': { level: battery.level / 100, status: battery.plugged ? 2 : 3 },
      'POST /session/ID/appium/settings': null,
      'GET /session/ID/appium/settings': {},
    };
    const key = `${method} ${path}`;
    const found = Object.hasOwn(known, key);
    if (key === 'POST /session' || key === 'DELETE /session/ID') this.#onSession(method === 'POST');
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ sessionId: 'virtual', value: found ? known[key] : { error: 'unknown command', message: `${key} is not known to this phone`, stacktrace: '' } }));
  }
}

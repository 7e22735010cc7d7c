import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { IphoneState } from './iphone-state.ts';

/** Port on the phone that WebDriverAgent listens on. */
export const WDA_PORT = 8100;

/** The apps of a phone as WebDriverAgent handles them. */
export interface PhoneApps {
  isInstalled(bundleId: string): boolean;
  isRunning(bundleId: string): boolean;
  /** Starts an app that does not run. */
  launch(bundleId: string, args: readonly string[], environment: Readonly<Record<string, string>>): void;
  /** True where it ran. */
  terminate(bundleId: string): boolean;
}

/** XCUIApplicationState. */
const NOT_RUNNING = 1;
const FOREGROUND = 4;

type Body = Readonly<Record<string, unknown>>;

/** WebDriverAgent of a virtual iPhone: a session, device and battery information, apps. There is no screen behind it. */
export class WebDriverAgent {
  readonly #state: () => IphoneState;
  readonly #apps: PhoneApps;
  readonly #device: Body;
  readonly #server: Server;

  /** `device` goes into the device's information: name, model, … */
  constructor(state: () => IphoneState, apps: PhoneApps, device: Body) {
    this.#state = state;
    this.#apps = apps;
    this.#device = device;
    this.#server = createServer((request, response) => void this.#serve(request, response));
  }

  /** Serves a connection to its port. */
  accept(stream: Duplex): void {
    this.#server.emit('connection', stream);
  }

  close(): void {
    this.#server.closeAllConnections();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = (request.url ?? '').replace(/^\/session\/[^/]+/, '/session/ID').replace(/^\/session\/ID(?=\/)/, '');
    const answer = this.#answer(`${request.method} ${path}`, chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}') as Body) : {});
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ value: answer.value, sessionId: SESSION }));
  }

  #answer(what: string, body: Body): { readonly status: number; readonly value: unknown } {
    const { battery, locked, thermalState } = this.#state();
    const bundleId = String(body['bundleId']);
    switch (what) {
      case 'GET /status': return ok({ ready: true, message: 'WebDriverAgent is ready to accept commands', state: 'success', os: this.#device['os'], build: { version: 'virtual' } });
      case 'GET /health': return ok('I-AM-ALIVE');
      case 'POST /session': return ok({ sessionId: SESSION, capabilities: { device: 'iphone' } });
      case 'GET /session/ID': case 'POST /appium/settings': case 'GET /appium/settings': return ok({});
      case 'DELETE /session/ID': case 'POST /wda/shutdown': return ok(null);
      case 'GET /wda/device/info': return ok({ ...this.#device, thermalState, isSimulator: false, timeZone: 'UTC', currentLocale: 'en_US' });
      case 'GET /wda/batteryInfo': return ok({ level: battery.level / 100, state: battery.charging ? (battery.level === 100 ? 3 : 2) : 1 });
      case 'GET /wda/locked': return ok(locked);
      case 'GET /wda/screen': return ok({ statusBarSize: { width: 390, height: 47 }, screenSize: { width: 390, height: 844 }, scale: 3 });
      case 'POST /wda/apps/state': return ok(this.#apps.isRunning(bundleId) ? FOREGROUND : NOT_RUNNING);
      case 'POST /wda/apps/terminate': return ok(this.#apps.terminate(bundleId));
      case 'POST /wda/apps/launch': return this.#launch(bundleId, body, locked);
      default: return failed(404, 'unknown command', `Unhandled endpoint: ${what}`);
    }
  }

  #launch(bundleId: string, { arguments: args, environment }: Body, locked: boolean): { readonly status: number; readonly value: unknown } {
    if (!this.#apps.isInstalled(bundleId)) return failed(500, 'unknown error', `Application info provider (FBSApplicationLibrary) returned nil for "${bundleId}"`);
    if (locked) return failed(500, 'unknown error', `Unable to launch ${bundleId} because the device was not, or could not be, unlocked.`);
    if (!this.#apps.isRunning(bundleId)) this.#apps.launch(bundleId, (args as string[] | undefined) ?? [], (environment as Record<string, string> | undefined) ?? {});
    return ok(null);
  }
}

const SESSION = '00000000-0000-4000-8000-000000000000';

function ok(value: unknown): { readonly status: number; readonly value: unknown } {
  return { status: 200, value };
}

function failed(status: number, error: string, message: string): { readonly status: number; readonly value: unknown } {
  return { status, value: { error, message, traceback: '' } };
}

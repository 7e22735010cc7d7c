import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ExternalError } from '../../models/contracts/errors.ts';
import { type DriverPackages, packageFolder } from './driver-packages.ts';

/** Where an Appium endpoint listens: our own server, or a farm's. */
export interface Endpoint {
  readonly protocol: 'http' | 'https';
  readonly hostname: string;
  readonly port: number;
  readonly path: string;
  /** Sent with every request: the client itself would send credentials with the first one alone. Never written into reports or logs. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Longest that one call may take; default 5 minutes. */
  readonly callMs?: number;
}

/** One session on one phone. Its commands run one after the other, and each is sent once. */
export interface PhoneSession {
  readonly id: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
  /** `mobile: …` commands. Throws ExternalError with the driver's own words. */
  execute<T>(command: string, args?: object): Promise<T>;
  pushFile(path: string, bytes: Uint8Array): Promise<void>;
  pullFile(path: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A session's commands as the WebDriver client names them. */
interface Client {
  readonly sessionId: string;
  readonly capabilities: Readonly<Record<string, unknown>>;
  executeScript(script: string, args: readonly object[]): Promise<unknown>;
  pushFile(path: string, data: string): Promise<void>;
  pullFile(path: string): Promise<string>;
  deleteSession(): Promise<void>;
}

interface WebDriver {
  newSession(options: object): Promise<Client>;
}

const COMMAND_MS = 300_000;

/**
 * Opens a session. The client repeats no command by itself: its default of three retries would run a failing command four times, and send a
 * slow one again while the first still runs. Throws ExternalError with the driver's own words.
 */
export async function openSession(packages: DriverPackages, endpoint: Endpoint, capabilities: Readonly<Record<string, unknown>>): Promise<PhoneSession> {
  process.env['WDIO_LOG_LEVEL'] ??= 'silent';
  const { default: webdriver } = (await import(pathToFileURL(join(packageFolder(packages, 'webdriver'), 'build', 'node.js')).href)) as { default: WebDriver };
  const { callMs = COMMAND_MS, ...address } = endpoint;
  const open = (): Promise<Client> => webdriver.newSession({
    ...address, logLevel: 'silent', connectionRetryCount: 0, connectionRetryTimeout: callMs, transformResponse: withStatus,
    capabilities: { alwaysMatch: { 'appium:newCommandTimeout': 0, ...capabilities }, firstMatch: [{}] },
  });
  return sessionOf(await asExternal('session', open));
}

interface Reply {
  readonly statusCode: number;
  readonly body?: { readonly value?: unknown } | undefined;
}

/** A gate in front of Appium refuses without WebDriver's words: its status is all that there is to tell. */
function withStatus(reply: Reply): Reply {
  const value = reply.body?.value;
  if (reply.statusCode < 400 || (typeof value === 'object' && value !== null && 'error' in value)) return reply;
  return { ...reply, body: { value: { error: 'unknown error', message: `the endpoint answers with HTTP status ${reply.statusCode}` } } };
}

function sessionOf(client: Client): PhoneSession {
  return {
    id: client.sessionId,
    capabilities: client.capabilities,
    execute: <T>(command: string, args: object = {}) => asExternal(command, async () => (await client.executeScript(command, [args])) as T),
    pushFile: (path, bytes) => asExternal(`push of ${path}`, () => client.pushFile(path, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'))),
    pullFile: (path) => asExternal(`pull of ${path}`, async () => Buffer.from(await client.pullFile(path), 'base64')),
    close: () => asExternal('end of the session', () => client.deleteSession()),
  };
}

/** The first line of the client's message is the driver's; the rest is its own stack and advice. Where nothing listens any more, the client speaks of browsers. */
async function asExternal<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const first = (text.split('\n')[0] ?? text).replace(/^WebDriverError: /, '').replace(/ when running ".*$/, '').replace(/^Unable to connect to "([^"]*)".*$/, 'nothing listens at $1 (ECONNREFUSED)');
    throw new ExternalError(`Appium: ${what} failed: ${first}`, what, text);
  }
}

import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly at: number;
  readonly authorized: boolean;
}

export interface GateOptions {
  /** Port of the Appium server behind it; null for sessions that hold nothing. */
  readonly appium: number | null;
  /** `user:key` that every request has to show. */
  readonly pair: string;
  readonly prefix?: string;
}

/** The front of a farm: asks for credentials at every request, may say that no phone is free or that the shell is off, and passes the rest on to Appium. */
export class FarmGate {
  readonly seen: SeenRequest[] = [];
  /** Requests for a session that are answered with "no phone is free". */
  taken = 0;
  shell = true;
  /** What sessions that hold nothing say of their phone. */
  phone = 'R5CT0000';
  #sessions = 0;
  readonly #options: Required<GateOptions>;
  readonly #server: Server;

  private constructor(options: GateOptions) {
    this.#options = { prefix: '/wd/hub', ...options };
    this.#server = createServer((incoming, answer) => void this.#serve(incoming, answer));
  }

  static async open(options: GateOptions): Promise<FarmGate> {
    const gate = new FarmGate(options);
    await new Promise<void>((resolve) => { gate.#server.listen(0, '127.0.0.1', resolve); });
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}${this.#options.prefix}`;
  }

  /** Requests whose method and path fit. */
  which(method: string, path: RegExp): SeenRequest[] {
    return this.seen.filter((one) => one.method === method && path.test(one.path));
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => { this.#server.close(() => resolve()); });
  }

  async #serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { method = '', url = '', headers } = incoming;
    const authorized = headers.authorization === `Basic ${Buffer.from(this.#options.pair).toString('base64')}`;
    const [path, body] = [url.slice(this.#options.prefix.length), Buffer.concat(chunks).toString('utf8')];
    this.seen.push({ method, path, body, at: performance.now(), authorized });
    if (!authorized) return void answer.writeHead(401, { 'www-authenticate': 'Basic realm="farm"' }).end();
    if (method === 'POST' && path === '/session' && this.taken-- > 0) return refuse(answer, 500, 'session not created', 'No device is available at the moment, all are busy');
    if (!this.shell && body.includes('mobile: shell')) {
      return refuse(answer, 500, 'unknown error', "Potentially insecure feature 'adb_shell' has not been enabled. If you want to enable this feature and accept the security ramifications, please do so by following the documented instructions");
    }
    if (this.#options.appium === null) return reply(answer, 200, path === '/session' ? { sessionId: `s${++this.#sessions}`, capabilities: { platformName: 'Android', deviceUDID: this.phone } } : null);
    const { host: _, authorization: __, ...passed } = headers;
    const onward = request({ port: this.#options.appium, host: '127.0.0.1', method, path, headers: passed }, (passing) => {
      answer.writeHead(passing.statusCode ?? 502, passing.headers);
      passing.pipe(answer);
    });
    onward.once('error', () => answer.destroy());
    onward.end(Buffer.concat(chunks));
  }
}

function refuse(answer: ServerResponse, status: number, error: string, message: string): void {
  reply(answer, status, { error, message, stacktrace: '' });
}

function reply(answer: ServerResponse, status: number, value: unknown): void {
  answer.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  answer.end(JSON.stringify({ value }));
}

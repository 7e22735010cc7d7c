import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/** Name of a Chromium on this machine; null where there is none. */
export function findChromium(): string | null {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    try {
      execFileSync(name, ['--version'], { stdio: 'ignore' });
      return name;
    } catch {
      // Another name may be there.
    }
  }
  return null;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A page in a headless Chromium without network, driven over the DevTools protocol by pipes. */
export class BrowserPage {
  /** What the page complained about: exceptions, violations of its content policy, failed requests. */
  readonly complaints: string[] = [];
  readonly #process: ChildProcess;
  readonly #profile = mkdtempSync(join(tmpdir(), 'dyno-chromium-'));
  readonly #pending = new Map<number, { resolve: (result: Readonly<Record<string, unknown>>) => void; reject: (error: Error) => void }>();
  readonly #waiting: { method: string; resolve: () => void }[] = [];
  #session: string | undefined;
  #last = 0;
  #rest = '';

  private constructor(program: string) {
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--no-first-run', '--remote-debugging-pipe', `--user-data-dir=${this.#profile}`, 'about:blank'];
    this.#process = spawn(program, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#read(text));
  }

  /** Opens a file in a window of the size. */
  static async open(program: string, file: string, width = 1280, height = 900): Promise<BrowserPage> {
    const page = new BrowserPage(program);
    const { targetId } = await page.#call('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await page.#call('Target.attachToTarget', { targetId, flatten: true });
    page.#session = sessionId as string;
    for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await page.#call(`${domain}.enable`);
    await page.#call('Network.emulateNetworkConditions', { offline: true, latency: 0, downloadThroughput: 0, uploadThroughput: 0 });
    await page.#call('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
    const loaded = page.#event('Page.loadEventFired');
    await page.#call('Page.navigate', { url: pathToFileURL(file).href });
    await loaded;
    return page;
  }

  /** The value of an expression in the page. */
  async value<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#call('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value: T }).value;
  }

  /** Presses a key, as `ArrowRight` or `+`, on what has the focus. */
  async press(key: string): Promise<void> {
    await this.#call('Input.dispatchKeyEvent', { type: 'keyDown', key, ...(key.length === 1 ? { text: key } : {}) });
    await this.#call('Input.dispatchKeyEvent', { type: 'keyUp', key });
  }

  /** What the page is shown for: `print` or a wish such as `prefers-color-scheme: dark`. */
  async media(media: string, features: readonly { readonly name: string; readonly value: string }[] = []): Promise<void> {
    await this.#call('Emulation.setEmulatedMedia', { media, features });
  }

  /** As PDF, in base64. */
  async print(): Promise<string> {
    const { data } = await this.#call('Page.printToPDF', {});
    return data as string;
  }

  async close(): Promise<void> {
    const gone = new Promise<void>((resolve) => this.#process.once('exit', () => resolve()));
    this.#session = undefined;
    await this.#call('Browser.close');
    await gone;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 30, retryDelay: 100 });
  }

  #call(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<Readonly<Record<string, unknown>>> {
    const id = ++this.#last;
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...(this.#session ? { sessionId: this.#session } : {}) })}\0`);
    return new Promise((resolve, reject) => this.#pending.set(id, { resolve, reject }));
  }

  #event(method: string): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ method, resolve }));
  }

  #read(text: string): void {
    const parts = (this.#rest + text).split('\0');
    this.#rest = parts.pop() ?? '';
    for (const part of parts) this.#take(JSON.parse(part) as Answer);
  }

  #take({ id, method, params, result, error }: Answer): void {
    if (id !== undefined) {
      const call = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) call?.reject(new Error(error.message));
      else call?.resolve(result ?? {});
      return;
    }
    if (method === 'Runtime.exceptionThrown' || method === 'Network.loadingFailed') this.complaints.push(JSON.stringify(params));
    if (method === 'Log.entryAdded' && (params?.['entry'] as { level: string }).level === 'error') this.complaints.push(JSON.stringify(params));
    for (const waiting of this.#waiting.filter((one) => one.method === method)) waiting.resolve();
  }
}

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../../converters/toolchain/index.ts';
import { SOURCES_PROPERTY } from '../qnn-sdk/source-folder.ts';
import type { AdbStream } from './adb-stream.ts';
import { Adbd } from './adbd.ts';
import { AT_REST, programsAtWork, warmed } from './phone-body.ts';
import { writeCommands } from './phone-commands.ts';
import { endProcesses } from './phone-processes.ts';
import { type PhoneState, writeState } from './phone-state.ts';
import { serveShell } from './shell-service.ts';
import { serveSync } from './sync-service.ts';
import { type ClockTimes, clocked, noClockTimes, writeChangingFiles, writeFixedFiles } from './sys-files.ts';
import { UIAUTOMATOR_PORT, UiAutomatorServer } from './uiautomator-server.ts';

export interface VirtualPhoneOptions {
  /** Folder that holds the phone: its files outlive the process, as a phone's do. */
  readonly folder: string;
  /** `ro.soc.model`, e.g. `SM8650`. */
  readonly soc: string;
  readonly model?: string;
  readonly state?: Partial<PhoneState>;
  /** Variables that programs on the phone see. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly bytesPerSecond?: number;
}

/** How often the phone's sensors change. */
const TICK_MS = 250;

/** Properties of a phone that is none. `ro.dyno.virtual` marks it: whatever is measured on it is called simulated. */
const PROPERTIES = {
  'ro.dyno.virtual': '1', 'ro.product.manufacturer': 'npu-dyno', 'ro.product.brand': 'npu-dyno', 'ro.product.name': 'virtual', 'ro.product.device': 'virtual', 'ro.build.version.sdk': '35',
  'ro.build.version.release': '15', 'ro.build.id': 'VIRTUAL', 'ro.product.cpu.abi': 'arm64-v8a', 'ro.product.cpu.abilist': 'arm64-v8a', 'ro.soc.manufacturer': 'QTI',
  'sys.boot_completed': '1', 'init.svc.bootanim': 'stopped', 'ro.debuggable': '0', 'ro.build.type': 'user', 'persist.sys.timezone': 'UTC', 'persist.sys.locale': 'en-US',
};

/**
 * A Snapdragon phone below the real adb and the real UiAutomator2 driver: an adb daemon, a file system in a folder, properties, a thermal
 * service that can be made hot, a battery, and a link that can be slow or cut. Programs pushed to it run as shell scripts of this machine.
 */
export class VirtualPhone {
  readonly root: string;
  /** Folder where hosts leave what closed artifacts compute (`leaveSource`). */
  readonly sources: string;
  readonly #state: string;
  readonly #environment: Readonly<Record<string, string>>;
  readonly #adbd: Adbd;
  readonly #automation: UiAutomatorServer;
  readonly #ticking: NodeJS.Timeout;
  #current: PhoneState;
  #clocks: ClockTimes = noClockTimes();
  #ticked = performance.now();
  #authorized = true;

  private constructor(options: VirtualPhoneOptions) {
    this.root = join(options.folder, 'root');
    this.sources = join(options.folder, 'sources');
    this.#state = join(options.folder, 'state');
    endProcesses(this.root);
    for (const leftover of ['work', 'load', 'override-status']) rmSync(join(this.#state, leftover), { recursive: true, force: true });
    for (const path of ['data/local/tmp', 'sdcard', 'vendor/lib64']) mkdirSync(join(this.root, path), { recursive: true });
    mkdirSync(this.sources, { recursive: true });
    writeFileSync(join(this.root, 'vendor/lib64/libcdsprpc.so'), 'npu-dyno stand-in\n');
    writeCommands(this.root, this.#state);
    writeFixedFiles(this.root, options.soc);
    this.#current = {
      thermalStatus: 0, temperatures: AT_REST, battery: { level: 80, celsius: 29, plugged: true }, screenOn: true, freeBytes: 64e9, link: { bytesPerSecond: options.bytesPerSecond ?? null }, ...options.state,
      properties: { ...PROPERTIES, [SOURCES_PROPERTY]: this.sources, 'ro.soc.model': options.soc, 'ro.product.model': options.model ?? `Virtual ${options.soc}`, ...options.state?.properties },
    };
    writeState(this.#state, this.#current);
    this.#tick(true);
    this.#ticking = setInterval(() => this.#tick(false), TICK_MS).unref();
    this.#environment = { PATH: join(this.root, 'system', 'bin'), HOME: join(this.root, 'data/local/tmp'), TMPDIR: join(this.root, 'data/local/tmp'), DYNO_PHONE_ROOT: this.root, DYNO_PHONE_STATE: this.#state, ...hostSettings(), ...options.environment };
    this.#adbd = new Adbd({
      banner: `device::ro.product.name=virtual;ro.product.model=${options.model ?? `Virtual_${options.soc}`};ro.product.device=virtual;features=shell_v2`,
      serve: (service, stream) => this.#serve(service, stream), state: () => (this.#authorized ? 'device' : 'unauthorized'), bytesPerSecond: () => this.#current.link?.bytesPerSecond ?? null,
      carries: (bytes) => this.#carries(bytes),
    });
    this.#automation = new UiAutomatorServer(() => this.state, (alive) => (alive ? writeFileSync(join(this.#state, 'automation'), '') : rmSync(join(this.#state, 'automation'), { force: true })));
  }

  static async start(options: VirtualPhoneOptions): Promise<VirtualPhone> {
    const phone = new VirtualPhone(options);
    await Promise.all([phone.#adbd.listen(), phone.#automation.listen()]);
    return phone;
  }

  /** Address for `adb connect`, and the serial that adb shows then. */
  get serial(): string {
    return `127.0.0.1:${this.#adbd.port}`;
  }

  get state(): PhoneState {
    return this.#current;
  }

  change(change: Partial<PhoneState>): void {
    const { properties, ...rest } = change;
    this.#current = { ...this.#current, ...rest, properties: { ...this.#current.properties, ...properties } };
    writeState(this.#state, this.#current);
    this.#tick(true);
  }

  /** Whether the owner allowed this computer; takes effect with the next connection. */
  authorize(allowed: boolean): void {
    this.#authorized = allowed;
  }

  /** Pulls the cable: every connection and command ends. */
  async unplug(): Promise<void> {
    await this.#adbd.unplug();
  }

  async plug(): Promise<void> {
    await this.#adbd.listen();
  }

  /** Restarts: every program ends, connections are lost until it is up again. What lies on its disk stays. */
  async reboot(milliseconds = 0): Promise<void> {
    await this.#adbd.unplug();
    endProcesses(this.root);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    await this.#adbd.listen();
  }

  async close(): Promise<void> {
    clearInterval(this.#ticking);
    endProcesses(this.root);
    await Promise.all([this.#adbd.unplug(), this.#automation.close()]);
  }

  #serve(service: string, stream: AdbStream): boolean {
    const shell = /^(shell|exec)((?:,[^:]*)?):([\s\S]*)$/.exec(service);
    this.#tick(true);
    if (shell) serveShell(stream, shell[3] as string, shell[2]?.includes('v2') ? 2 : 1, { root: this.root, environment: this.#environment });
    else if (service === 'sync:') void serveSync(stream, { locate: (path) => this.#locate(path), free: () => this.state.freeBytes });
    else if (service === `tcp:${UIAUTOMATOR_PORT}`) this.#automation.serve(stream);
    else return false;
    return true;
  }

  /** Lets time go by: programs at work warm the phone up, drain its battery and raise its clocks. An idle phone waits until somebody looks. */
  #tick(seen: boolean): void {
    const load = programsAtWork(this.#state) > 0 ? 1 : 0;
    if (!seen && load === 0 && !this.#current.heat) return;
    const now = performance.now();
    const milliseconds = now - this.#ticked;
    this.#ticked = now;
    const next = warmed(this.#current, milliseconds / 1000, load);
    if (next !== this.#current) {
      this.#current = next;
      writeState(this.#state, next);
    }
    this.#clocks = clocked(this.#clocks, milliseconds, load);
    writeChangingFiles(this.root, this.#current, this.#clocks, load);
  }

  /** Counts down what the link still carries. */
  #carries(bytes: number): boolean {
    const { link } = this.#current;
    if (typeof link?.bytesUntilUnplugged !== 'number') return true;
    const left = link.bytesUntilUnplugged - bytes;
    this.#current = { ...this.#current, link: { ...link, bytesUntilUnplugged: left > 0 ? left : null } };
    return left > 0;
  }

  /** Stays inside of the phone, whatever the path says. */
  #locate(path: string): string {
    return join(this.root, join('/', path));
  }
}

/** Where this machine keeps its Python environment and what was compiled: programs of the phone that emulate its chip need them. */
function hostSettings(): Record<string, string> {
  const own = process.env['DYNO_PYTHON_ENV'];
  return { DYNO_CACHE: cacheFolder(), ...(own ? { DYNO_PYTHON_ENV: own } : {}) };
}

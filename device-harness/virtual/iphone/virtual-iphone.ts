import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { forkWorker } from '../../../models/run/fork-worker.ts';
import type { PlistDict } from '../../devices/iphone/usb/plist-value.ts';
import { RUNNER_BUNDLE_ID, RUNNER_VERSION } from '../../runner/index.ts';
import { serveAfc } from './afc.ts';
import { type AppFiles, serveHouseArrest } from './house-arrest.ts';
import { serveInstallationProxy } from './installation-proxy.ts';
import { changeState, HEALTHY, type IphoneState, readState, writeState } from './iphone-state.ts';
import { LOCKDOWN_PORT, serveLockdown } from './lockdownd.ts';
import { Pairing } from './pairing.ts';
import type { RunnerStart, SpeedModel } from './runner/start.ts';
import type { MuxedPhone } from './usbmuxd.ts';
import { type PhoneApps, WDA_PORT, WebDriverAgent } from './web-driver-agent.ts';

export interface VirtualIphoneOptions {
  /** Folder that holds the phone: its files outlive the process, as a phone's do. */
  readonly folder: string;
  /** Also seeds its UDID. */
  readonly name?: string;
  /** `iPhone14,2`, which is a 13 Pro. */
  readonly productType?: string;
  /** Version of iOS, e.g. `17.5`. */
  readonly system?: string;
  readonly state?: Partial<IphoneState>;
  readonly bytesPerSecond?: number;
  /** Times that its runner reports; by default a model by multiply-accumulates that takes no time of this machine. */
  readonly speed?: SpeedModel;
}

const FIRST_SERVICE_PORT = 49_152;

/**
 * An iPhone below the real XCUITest driver: lockdown, its services, WebDriverAgent, and the stand-in of our runner. Its files lie in a folder, its
 * state can be changed at any time. Whatever is measured on it is simulated, and lockdown's value `DynoVirtual` says so.
 */
export class VirtualIphone implements MuxedPhone {
  readonly udid: string;
  readonly folder: string;
  readonly #name: string;
  readonly #productType: string;
  readonly #system: string;
  readonly #bytesPerSecond: number | null;
  readonly #speed: SpeedModel | null;
  readonly #pairing = new Pairing();
  readonly #agent: WebDriverAgent;
  readonly #ports = new Map<number, (stream: Duplex) => Promise<void>>();
  #nextPort = FIRST_SERVICE_PORT;
  #runner: ChildProcess | null = null;
  #launches = 0;

  constructor({ folder, name = 'Virtual iPhone', productType = 'iPhone14,2', system = '17.5', state, bytesPerSecond, speed }: VirtualIphoneOptions) {
    this.folder = folder;
    this.udid = `00008110-${createHash('sha256').update(`${folder}\0${name}`).digest('hex').slice(0, 16).toUpperCase()}`;
    [this.#name, this.#productType, this.#system] = [name, productType, system];
    this.#bytesPerSecond = bytesPerSecond ?? null;
    this.#speed = speed ?? null;
    mkdirSync(this.documents, { recursive: true });
    mkdirSync(join(folder, 'media'), { recursive: true });
    if (!existsSync(join(folder, 'state.json'))) writeState(folder, { ...HEALTHY, runner: RUNNER_VERSION });
    if (state) changeState(folder, state);
    this.#agent = new WebDriverAgent(() => this.state, this.#apps(), { name, model: 'iPhone', uuid: this.udid, os: { name: 'iOS', version: system } });
  }

  get state(): IphoneState {
    return readState(this.folder);
  }

  change(change: Partial<IphoneState>): void {
    changeState(this.folder, change);
  }

  /** The Documents folder of the runner app. */
  get documents(): string {
    return join(this.#container, 'Documents');
  }

  /** Process of the runner while it runs. */
  get runnerPid(): number | null {
    return this.#runner?.pid ?? null;
  }

  /** How often the runner was started since the phone was. */
  get launches(): number {
    return this.#launches;
  }

  pairRecord(): PlistDict | null {
    return this.state.trusted ? this.#pairing.record() : null;
  }

  listener(port: number): ((stream: Duplex) => void) | null {
    if (port === LOCKDOWN_PORT) return (stream) => void this.#lockdown(stream).catch(() => stream.destroy());
    if (port === WDA_PORT) return this.state.webDriverAgent ? (stream) => this.#agent.accept(stream) : null;
    const service = this.#ports.get(port);
    this.#ports.delete(port);
    return service ? (stream) => this.#start(service, stream) : null;
  }

  /** Ends what runs on it. */
  close(): void {
    this.#runner?.kill('SIGKILL');
    this.#agent.close();
  }

  get #container(): string {
    return join(this.folder, 'apps', RUNNER_BUNDLE_ID);
  }

  #lockdown(stream: Duplex): Promise<void> {
    return serveLockdown(stream, { pairing: this.#pairing, trusted: () => this.state.trusted, values: () => this.#values(), startService: (name) => this.#offer(name) });
  }

  /** A service listens for one connection, on a port of its own. */
  #offer(name: string): number | null {
    const use = (bytes: number): void => this.change({ freeBytes: this.state.freeBytes - bytes });
    const files = { freeBytes: () => this.state.freeBytes, use, bytesPerSecond: () => this.#bytesPerSecond };
    const filesOf: AppFiles = (bundleId) => (this.#isInstalled(bundleId) ? { container: this.#container, sharesFiles: true } : null);
    const services: Readonly<Record<string, (stream: Duplex) => Promise<void>>> = {
      'com.apple.mobile.installation_proxy': (stream) => serveInstallationProxy(stream, () => this.#installed()),
      'com.apple.afc': (stream) => serveAfc(stream, { ...files, root: join(this.folder, 'media'), writable: '/' }),
      'com.apple.mobile.house_arrest': (stream) => serveHouseArrest(stream, filesOf, files),
    };
    const service = services[name];
    if (!service) return null;
    this.#ports.set(this.#nextPort, service);
    return this.#nextPort++;
  }

  #start(service: (stream: Duplex) => Promise<void>, stream: Duplex): void {
    const secured = this.#pairing.secure(stream);
    service(secured).catch(() => secured.destroy());
  }

  #isInstalled(bundleId: string): boolean {
    return bundleId === RUNNER_BUNDLE_ID && this.state.runner !== null;
  }

  #installed(): PlistDict[] {
    const { runner } = this.state;
    if (runner === null) return [];
    return [{ CFBundleIdentifier: RUNNER_BUNDLE_ID, CFBundleName: 'Dyno', CFBundleShortVersionString: runner, CFBundleVersion: '1', UIFileSharingEnabled: true, ApplicationType: 'User' }];
  }

  #apps(): PhoneApps {
    return {
      isInstalled: (bundleId) => this.#isInstalled(bundleId),
      isRunning: (bundleId) => bundleId === RUNNER_BUNDLE_ID && this.#runner !== null,
      launch: (_bundleId, args) => this.#launch(args),
      terminate: () => {
        const ran = this.#runner !== null;
        this.#runner?.kill('SIGKILL');
        return ran;
      },
    };
  }

  #launch(args: readonly string[]): void {
    const child = forkWorker('device-harness/virtual/iphone/runner/runner-process');
    this.#runner = child;
    this.#launches++;
    child.stderr?.resume();
    child.once('error', () => this.#ended(child));
    child.once('exit', () => this.#ended(child));
    const start: RunnerStart = {
      phone: this.folder, documents: this.documents, caches: join(this.#container, 'Library', 'Caches'), args, version: this.state.runner ?? '',
      productType: this.#productType, system: this.#system, speed: this.#speed,
    };
    child.send(start);
  }

  #ended(child: ChildProcess): void {
    if (this.#runner === child) this.#runner = null;
  }

  /** What lockdown tells, by domain. */
  #values(): Readonly<Record<string, PlistDict>> {
    const { battery, developerMode, freeBytes, locked } = this.state;
    return {
      '': {
        DeviceName: this.#name, DeviceClass: 'iPhone', ProductName: 'iPhone OS', ProductType: this.#productType, ProductVersion: this.#system, BuildVersion: 'VIRTUAL',
        HardwareModel: 'VIRTUAL', CPUArchitecture: 'arm64e', UniqueDeviceID: this.udid, PasswordProtected: locked, ProtocolVersion: '2',
        TimeIntervalSince1970: Date.now() / 1000, TimeZone: 'UTC', TimeZoneOffsetFromUTC: 0, DynoVirtual: true,
      },
      'com.apple.mobile.battery': {
        BatteryCurrentCapacity: battery.level, BatteryIsCharging: battery.charging, ExternalConnected: battery.charging, FullyCharged: battery.level === 100, HasBattery: true,
      },
      'com.apple.security.mac.amfi': { DeveloperModeStatus: developerMode },
      'com.apple.disk_usage': { AmountDataAvailable: freeBytes, TotalDataAvailable: freeBytes, TotalDiskCapacity: 128e9 },
    };
  }
}

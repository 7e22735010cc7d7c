import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PhoneState } from '../../../device-harness/virtual/android/phone-state.ts';
import { VirtualPhone } from '../../../device-harness/virtual/android/virtual-phone.ts';
import { makeVirtualSdk } from '../../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { loadTool } from '../../../device-harness/virtual/qnn-sdk/tools/index.ts';
import { findEnvironment } from '../../../converters/toolchain/index.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export const SDK_VERSION = '2.51.0.260929';

/** A virtual phone with a folder of programs on it, whose programs run in this process: the same code, without the start of a process each time. */
export class PhoneBench {
  readonly folder: string;
  readonly sdk: string;
  readonly phone: VirtualPhone;
  /** Folder on the phone, as this machine sees it. */
  readonly work: string;
  /** The same as the phone sees it. */
  readonly remote = '/data/local/tmp/bench';

  private constructor(folder: string, phone: VirtualPhone) {
    this.folder = folder;
    this.sdk = join(folder, 'sdk');
    this.phone = phone;
    this.work = join(phone.root, this.remote);
    mkdirSync(this.work, { recursive: true });
  }

  static async start(soc: string, state: Partial<PhoneState> = {}): Promise<PhoneBench> {
    const folder = mkdtempSync(join(tmpdir(), 'dyno-bench-'));
    makeVirtualSdk(join(folder, 'sdk'), { version: SDK_VERSION });
    return new PhoneBench(folder, await VirtualPhone.start({ folder: join(folder, 'phone'), soc, state: { speed: { scale: 0 }, ...state } }));
  }

  /** Files of the SDK that a run needs, without adb. */
  install(...names: readonly string[]): void {
    for (const name of names) {
      const skel = /V(\d+)Skel/.exec(name)?.[1];
      cpSync(join(this.sdk, name.startsWith('lib') ? (skel ? `lib/hexagon-v${skel}/unsigned` : 'lib/aarch64-android') : 'bin/aarch64-android', name), join(this.work, name));
    }
  }

  put(name: string, content: Uint8Array | string): void {
    writeFileSync(join(this.work, name), content);
  }

  /** Runs a tool of the SDK in the phone's folder. */
  async run(tool: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}, version = SDK_VERSION): Promise<Ran> {
    const { TMPDIR } = process.env;
    const [out, err]: [string[], string[]] = [[], []];
    const paths = { LD_LIBRARY_PATH: this.work, ADSP_LIBRARY_PATH: `${this.work};/vendor/dsp/cdsp`, DYNO_PHONE_ROOT: this.phone.root, DYNO_PHONE_STATE: join(this.folder, 'phone', 'state'), DYNO_CACHE: join(this.folder, 'cache'), DYNO_PYTHON_ENV: findEnvironment()?.folder ?? '' };
    try {
      const code = await (await loadTool(tool)).run(args, { cwd: this.work, environment: { ...process.env, ...paths, ...environment }, version, out: (text) => out.push(text), err: (text) => err.push(text) });
      return { code, out: out.join('\n'), err: err.join('\n') };
    } finally {
      if (TMPDIR === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = TMPDIR;
    }
  }

  async close(): Promise<void> {
    await this.phone.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Usbmuxd } from './usbmuxd.ts';
import { VirtualIphone, type VirtualIphoneOptions } from './virtual-iphone.ts';

/** Virtual iPhones on one multiplexer. Programs of this computer see them with `environment`. */
export class VirtualIphones {
  readonly phones: readonly VirtualIphone[];
  readonly #usbmuxd: Usbmuxd;
  /** Of the socket: the system takes paths of some hundred bytes at most, and folders of runs are longer. */
  readonly #short: string;

  private constructor(phones: readonly VirtualIphone[], usbmuxd: Usbmuxd, short: string) {
    this.phones = phones;
    this.#usbmuxd = usbmuxd;
    this.#short = short;
  }

  /** Each phone lies in a folder of `folder`, by its name; what an earlier one left there is found again. */
  static async start(folder: string, options: readonly (Omit<VirtualIphoneOptions, 'folder' | 'name'> & { readonly name: string })[]): Promise<VirtualIphones> {
    const phones = options.map((each) => new VirtualIphone({ ...each, folder: join(folder, each.name) }));
    const short = mkdtempSync(join(tmpdir(), 'dyno-mux-'));
    const usbmuxd = new Usbmuxd(join(short, 'usbmuxd'), randomUUID().toUpperCase());
    await usbmuxd.listen();
    for (const phone of phones) usbmuxd.attach(phone);
    return new VirtualIphones(phones, usbmuxd, short);
  }

  get environment(): { readonly USBMUXD_SOCKET_ADDRESS: string } {
    return { USBMUXD_SOCKET_ADDRESS: this.#usbmuxd.path };
  }

  /** Pulls a cable: every connection to the phone ends; what runs on it goes on. */
  unplug(phone: VirtualIphone): void {
    this.#usbmuxd.detach(phone.udid);
  }

  plug(phone: VirtualIphone): void {
    this.#usbmuxd.attach(phone);
  }

  async close(): Promise<void> {
    for (const phone of this.phones) phone.close();
    await this.#usbmuxd.close();
    rmSync(this.#short, { recursive: true, force: true });
  }
}

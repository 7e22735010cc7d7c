import { createServer, type Server, type Socket } from 'node:net';
import { WDA_PORT } from './ask-phone.ts';
import type { AttachedPhone, Usbmux } from './usb/usbmux.ts';

/** A port of this computer that leads to WebDriverAgent on a phone, wherever the phone is plugged in later. */
export class WdaForward {
  readonly #mux: Usbmux;
  readonly #udid: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(mux: Usbmux, udid: string) {
    this.#mux = mux;
    this.#udid = udid;
    this.#server = createServer((socket) => void this.#join(socket));
  }

  static async open(mux: Usbmux, { udid }: AttachedPhone): Promise<WdaForward> {
    const forward = new WdaForward(mux, udid);
    await new Promise<void>((resolve, reject) => {
      forward.#server.once('error', reject);
      forward.#server.listen(0, '127.0.0.1', resolve);
    });
    forward.#server.unref();
    return forward;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #join(local: Socket): Promise<void> {
    this.#keep(local);
    const phone = (await this.#mux.devices().catch(() => null))?.find(({ udid }) => udid === this.#udid);
    const remote = phone ? await this.#mux.connect(phone, WDA_PORT).catch(() => null) : null;
    if (remote === null) {
      local.destroy();
      return;
    }
    this.#keep(remote);
    local.pipe(remote).pipe(local);
    local.once('close', () => remote.destroy());
    remote.once('close', () => local.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

import { stat } from 'node:fs/promises';
import { surplus } from '../../../converters/toolchain/index.ts';
import { ExternalError, UserError } from '../../../models/contracts/errors.ts';
import { sha256File } from '../../../models/onnx/index.ts';
import { type LinkOptions, type PhoneLink, quote } from './phone-link.ts';

/** A file and the name that it has on the phone. */
export interface StoredFile {
  readonly local: string;
  readonly name: string;
  readonly executable?: boolean;
}

/** Everything of ours on a phone lies here: a folder that programs may be run from without root. */
export const PHONE_FOLDER = '/data/local/tmp/npu-dyno';

const STORE = `${PHONE_FOLDER}/store`;
const SPARE_BYTES = 64 << 20;

/** The store may take this much of a phone; what was not used for the longest goes. */
const MOST_BYTES = 2e9;

/** A file of the store and the name that it gets in a folder. */
export interface PlacedFile extends Pick<StoredFile, 'name' | 'executable'> {
  readonly stored: string;
}

/** Shell command that makes a folder anew in which files of the store stand under their names. */
export function folderCommand(folder: string, files: readonly PlacedFile[]): string {
  const links = files.map(({ stored, name, executable }) => {
    const path = quote(`${folder}/${name}`);
    return executable ? `touch -c ${stored} && cp ${stored} ${path} && chmod 755 ${path}` : `touch -c ${stored} && ln -s ${stored} ${path}`;
  });
  return [`rm -rf ${quote(folder)}`, `mkdir -p ${quote(folder)}`, ...links].join(' && ');
}

/** Files on the phone by content: what is there already is not sent again, and what arrived is checked before it counts. */
export class PhoneStore {
  readonly #link: PhoneLink;
  /** Bytes by hash. */
  readonly #known = new Map<string, number>();
  #listed = false;
  #sent = 0;

  constructor(link: PhoneLink) {
    this.#link = link;
  }

  /** Bytes sent so far. */
  get sentBytes(): number {
    return this.#sent;
  }

  /**
   * Brings a file there; its path by content. A file of a size that nothing there has is sent while it is hashed here. Throws UserError when the phone is
   * full, ExternalError when the file does not arrive as it is.
   */
  async put(local: string, options: LinkOptions = {}): Promise<string> {
    await this.#list(options);
    const { size } = await stat(local);
    const hash = sha256File(local);
    if ([...this.#known.values()].includes(size) && this.#known.has(await hash)) return placeOf(await hash);
    await this.#assertSpace(size, options);
    const arriving = `${STORE}/${size}-${this.#sent}.arriving`;
    const [sha256] = await Promise.all([hash, this.#link.push(local, arriving, options)]);
    const path = placeOf(sha256);
    const { output } = await this.#link.shell(`sha256sum ${arriving} && mv ${arriving} ${path}`, { timeoutMs: 600_000, ...options });
    if (!output.startsWith(sha256)) throw new ExternalError(`${local} did not arrive whole on ${this.#link.serial}.`, this.#link.via, output, ['Check the cable, then run the same command again.']);
    this.#known.set(sha256, size);
    this.#sent += size;
    return path;
  }

  /** A folder on the phone in which files stand under their names, linked to the store. It is made anew. */
  async folder(name: string, files: readonly StoredFile[], options: LinkOptions = {}): Promise<string> {
    const folder = `${PHONE_FOLDER}/${name}`;
    const stored: PlacedFile[] = [];
    for (const file of files) stored.push({ ...file, stored: await this.put(file.local, options) });
    const { code, output } = await this.#link.shell(folderCommand(folder, stored), options);
    if (code !== 0) throw new ExternalError(`${folder} could not be made on ${this.#link.serial}.`, this.#link.via, output);
    return folder;
  }

  /** Removes everything of ours from the phone. */
  async clear(): Promise<void> {
    await this.#link.shell(`rm -rf ${PHONE_FOLDER}`);
    this.#known.clear();
    this.#listed = false;
  }

  /** Once; what broke on its way half of a file is cleared away, and what is too much. */
  async #list(options: LinkOptions): Promise<void> {
    if (this.#listed) return;
    const { output } = await this.#link.shell(`mkdir -p ${STORE} && rm -f ${STORE}/*.arriving* && cd ${STORE} && ls | xargs stat -c '%n %s %Y' 2>/dev/null`, options);
    const files = [...output.matchAll(/^([0-9a-f]{64}) (\d+) (\d+)$/gm)].map(([, name, size, time]) => ({ name: name as string, bytes: Number(size), usedAt: Number(time) }));
    const old = new Set(surplus(files, MOST_BYTES).map(({ name }) => name));
    if (old.size > 0) await this.#link.shell(`cd ${STORE} && rm -f ${[...old].join(' ')}`, options);
    for (const { name, bytes } of files) if (!old.has(name)) this.#known.set(name, bytes);
    this.#listed = true;
  }

  async #assertSpace(bytes: number, options: LinkOptions): Promise<void> {
    const { output } = await this.#link.shell('df -k /data/local/tmp', options);
    const free = Number(output.trim().split('\n').at(-1)?.split(/\s+/)[3]) * 1024;
    if (Number.isFinite(free) && free < bytes + SPARE_BYTES) {
      throw new UserError(`${this.#link.serial} has ${(free / 1e6).toFixed(0)} MB left; ${(bytes / 1e6).toFixed(0)} MB are to be sent.`, ['Free some space on the phone, or: dyno devices --clean SERIAL']);
    }
  }
}

function placeOf(sha256: string): string {
  return `${STORE}/${sha256}`;
}

import { sha256File } from '../../models/onnx/index.ts';
import { folderCommand, PHONE_FOLDER, type StoredFile } from '../devices/snapdragon/phone-store.ts';

/** Takes files for a phone that is elsewhere, in the place of the phone's own store: by content, and the commands that make its folders there. */
export class PackStore {
  /** Files by their SHA-256. */
  readonly files = new Map<string, string>();
  /** One command for each folder. */
  readonly commands: string[] = [];

  async folder(name: string, files: readonly StoredFile[]): Promise<string> {
    const folder = `${PHONE_FOLDER}/${name}`;
    const placed = [];
    for (const { local, ...file } of files) {
      const sha256 = await sha256File(local);
      this.files.set(sha256, local);
      placed.push({ ...file, stored: `${PHONE_FOLDER}/store/${sha256}` });
    }
    this.commands.push(folderCommand(folder, placed));
    return folder;
  }
}

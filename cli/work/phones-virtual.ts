import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveSoc } from '../../converters/rules/resolve-target.ts';
import { VirtualPhone } from '../../device-harness/virtual/android/virtual-phone.ts';
import { needAdb } from './phones-attached.ts';

export interface VirtualPhones {
  readonly phones: readonly { readonly serial: string; readonly chip: string }[];
  close(): Promise<void>;
}

/** Starts a virtual phone for each chip and attaches it to the user's adb. Nothing stays where one of them fails. */
export async function startVirtualPhones(chips: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<VirtualPhones> {
  const adb = needAdb(env);
  const names = chips.map((chip) => resolveSoc(chip).soc.chip);
  const folder = mkdtempSync(join(tmpdir(), 'dyno-phone-'));
  const phones: { readonly phone: VirtualPhone; readonly chip: string }[] = [];
  const close = async (): Promise<void> => {
    for (const { phone } of phones) {
      await adb.disconnect(phone.serial);
      await phone.close();
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [index, chip] of names.entries()) {
      const phone = await VirtualPhone.start({ folder: join(folder, String(index)), soc: chip });
      phones.push({ phone, chip });
      await adb.connect(phone.serial, { signal });
    }
    return { phones: phones.map(({ phone, chip }) => ({ serial: phone.serial, chip })), close };
  } catch (error) {
    await close();
    throw error;
  }
}

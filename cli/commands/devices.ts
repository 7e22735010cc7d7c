import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Adb } from '../../device-harness/adb/adb.ts';
import { findAdb } from '../../converters/toolchain/find-adb.ts';
import { type ListedPhone, listPhones } from '../../device-harness/devices/snapdragon/list-phones.ts';
import { healthText } from '../../device-harness/devices/snapdragon/phone-health.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';

interface DevicesOptions {
  /** Chip of a virtual phone to start. */
  readonly virtual?: string;
}

const NO_ADB = ['Install it: dyno setup python brings adb 36 along, or name an Android SDK with ANDROID_HOME.'];

/** `dyno devices`: attached phones, with chip, heat and charge; or a virtual one that stays until Ctrl-C. */
export const devices: Handler<DevicesOptions> = async (_args, { virtual }, session) => {
  if (virtual !== undefined) return keepVirtualPhone(virtual, session);
  const phones = await listPhones(session.io.env, session.signal);
  if (phones === null) throw new UserError('There is no adb here.', NO_ADB);
  await session.present({ json: { phones }, text: phones.length === 0 ? 'No phone is attached.' : phones.map((phone) => phoneText(phone, session)).join('\n') });
  return EXIT.ok;
};

function phoneText(phone: ListedPhone, { style }: Session): string {
  if (!('info' in phone)) return [`${style.bold(phone.serial)}  ${phone.state}: ${phone.why}`, ...phone.nextSteps.map((step) => `  → ${step}`)].join('\n');
  const { info, health, notReady } = phone;
  const chip = info.chip ? `${info.chip.chip} (Hexagon v${info.chip.hexagon})` : `${info.soc || 'unknown chip'}, which has no HTP that is known here`;
  const state = [healthText(health), health.batteryLevel === null ? null : `${health.batteryLevel} %`, notReady].filter((part) => part !== null).join(', ');
  return `${style.bold(phone.serial)}  ${info.manufacturer} ${info.model}${info.virtual ? ', a virtual phone' : ''}\n  ${chip}, Android ${info.android}\n  ${style.dim(state)}`;
}

/** Lives as long as the command: what is measured on it is simulated. */
async function keepVirtualPhone(chip: string, session: Session): Promise<number> {
  const program = findAdb(session.io.env);
  if (program === null) throw new UserError('There is no adb here.', NO_ADB);
  const { resolveSoc } = await import('../../converters/rules/resolve-target.ts');
  const { VirtualPhone } = await import('../../device-harness/virtual/android/virtual-phone.ts');
  const { soc } = resolveSoc(chip);
  const folder = mkdtempSync(join(tmpdir(), 'dyno-phone-'));
  const phone = await VirtualPhone.start({ folder, soc: soc.chip });
  const adb = new Adb({ program, environment: session.io.env });
  try {
    await adb.connect(phone.serial, { signal: session.signal });
    await session.present({ json: { serial: phone.serial, chip: soc.chip }, text: `${phone.serial}  a virtual phone with ${soc.chip}; Ctrl-C ends it` });
    if (!session.signal.aborted) await new Promise((resolve) => session.signal.addEventListener('abort', resolve, { once: true }));
    return EXIT.ok;
  } finally {
    await adb.disconnect(phone.serial);
    await phone.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

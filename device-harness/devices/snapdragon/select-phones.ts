import { resolveSoc } from '../../../converters/rules/resolve-target.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import { type DeviceSelector, formatSelector } from '../../../models/contracts/selectors.ts';
import type { Adb, AttachedPhone } from '../../adb/adb.ts';
import { adbFailure } from '../../adb/adb-failure.ts';

/** Serial of the phone that `android` or `android:SERIAL` names, among those that adb lists. Throws UserError: none, several, or one that cannot be used. */
export function selectAttached({ id }: DeviceSelector, phones: readonly AttachedPhone[]): string {
  const list = phones.map(({ serial, state, model }) => `${serial}${model ? ` (${model})` : ''}${state === 'device' ? '' : `, ${state}`}`);
  const found = id === null ? (phones.length === 1 ? phones[0] : undefined) : phones.find(({ serial }) => serial === id);
  if (!found) {
    const what = id === null ? (list.length === 0 ? 'No phone is attached.' : `${list.length} phones are attached.`) : `${id} is not attached.`;
    throw new UserError(what, list.length === 0 ? ['Plug a phone in and switch USB debugging on; dyno devices lists what is attached.', 'Without a phone: --on virtual:SM8650.'] : [`Attached: ${list.join('; ')}.`, `Name one: --on android:${phones[0]?.serial}.`]);
  }
  if (found.state === 'device') return found.serial;
  const failure = adbFailure(found.serial, found.state === 'no permissions' ? found.state : `device ${found.state}`);
  throw new UserError(failure?.message ?? `${found.serial} is in the state "${found.state}".`, failure?.nextSteps ?? ['dyno devices says more.']);
}

/** `android:HOST:PORT` names a phone behind TCP, which adb forgets when its server ends. */
export function isAddress(serial: string): boolean {
  return /^[^:\s]+:\d+$/.test(serial);
}

/** Connects those phones behind TCP that adb does not list. */
export async function connectAddresses(adb: Adb, selectors: readonly DeviceSelector[]): Promise<readonly AttachedPhone[]> {
  const before = await adb.devices();
  const missing = selectors.flatMap(({ id }) => (id !== null && isAddress(id) && !before.some(({ serial }) => serial === id) ? [id] : []));
  for (const address of missing) await adb.connect(address).catch(() => undefined);
  return missing.length > 0 ? adb.devices() : before;
}

/** Chip of `virtual:SM8550` or `virtual:SM8550#2`: several of one chip are told apart by the number. Throws UserError for a chip that nobody knows. */
export function virtualChip({ id }: DeviceSelector): string {
  const found = /^(.+?)(?:#\d+)?$/.exec(id ?? '');
  return resolveSoc(found?.[1] ?? null).soc.chip;
}

/** Throws UserError where two selectors are the same: a phone does one thing at a time. */
export function assertDistinct(selectors: readonly DeviceSelector[]): void {
  const texts = selectors.map(formatSelector);
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  if (twice !== undefined) throw new UserError(`${twice} is named twice.`, [twice.startsWith('virtual') ? `Two virtual phones of one chip: ${twice},${twice}#2.` : twice.startsWith('farm') ? `Two phones of one farm: ${twice},${twice}#2.` : 'Name each phone once.']);
}

import { HTP_SOCS, type HtpSoc } from '../../../converters/rules/htp-socs.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import type { PhoneLink } from './phone-link.ts';

/** What a phone says of itself. */
export interface PhoneInfo {
  readonly serial: string;
  readonly manufacturer: string;
  readonly model: string;
  /** `ro.soc.model` as it stands there, e.g. `SM8650-AC`. */
  readonly soc: string;
  /** The chip of the table; null where it is none that Qualcomm's compiler knows. */
  readonly chip: HtpSoc | null;
  readonly android: string;
  readonly build: string;
  readonly abi: string;
  /** A phone of ours: what is measured there is simulated. */
  readonly virtual: boolean;
}

/** What a phone is asked of itself. */
export const ASKED_PROPERTIES = ['ro.product.manufacturer', 'ro.product.model', 'ro.soc.model', 'ro.board.platform', 'ro.build.version.release', 'ro.build.id', 'ro.product.cpu.abi', 'ro.dyno.virtual'] as const;

/** Boards whose phones do not say `ro.soc.model` (Android 11 and older). */
const BOARDS: Readonly<Record<string, string>> = { sun: 'SM8750', pineapple: 'SM8650', kalama: 'SM8550', taro: 'SM8450', lahaina: 'SM8350' };

/** Asks a phone for its properties. `chip` overrides what it says of its chip. Throws UserError for a chip that is not in the table. */
export async function readPhoneInfo(link: PhoneLink, chip: string | null = null): Promise<PhoneInfo> {
  const { output } = await link.shell(ASKED_PROPERTIES.map((name) => `getprop ${name}`).join('; '));
  const lines = output.split('\n').map((line) => line.trim());
  return phoneInfoOf(link.serial, (name) => lines[ASKED_PROPERTIES.indexOf(name)] ?? '', chip);
}

/** The same from properties that were asked for elsewhere; those that a phone does not have are empty. */
export function phoneInfoOf(serial: string, property: (name: (typeof ASKED_PROPERTIES)[number]) => string, chip: string | null = null): PhoneInfo {
  const soc = property('ro.soc.model') || BOARDS[property('ro.board.platform')] || '';
  const found = chip === null ? chipOf(soc) : chipOf(chip);
  if (chip !== null && found === null) throw new UserError(`There is no chip ${chip} in the table.`, ['dyno compile --help shows how chips are named.']);
  return {
    serial, manufacturer: property('ro.product.manufacturer'), model: property('ro.product.model'), soc, chip: found, android: property('ro.build.version.release'),
    build: property('ro.build.id'), abi: property('ro.product.cpu.abi'), virtual: property('ro.dyno.virtual') === '1',
  };
}

/** `SM8650-AC` and `SM8750P` are bins of one chip. */
function chipOf(name: string): HtpSoc | null {
  const base = /^[A-Z]+\d+/.exec(name.toUpperCase())?.[0];
  return base === undefined ? null : (HTP_SOCS.find(({ chip }) => chip === name.toUpperCase()) ?? HTP_SOCS.find(({ chip }) => chip === base) ?? null);
}

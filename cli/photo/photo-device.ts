import { isVirtualIphone } from '../../device-harness/devices/iphone/virtual-selector.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { type DeviceSelector, formatSelector, parseDevice } from '../../models/contracts/selectors.ts';

/** What runs the model. */
export type PhotoDevice = { readonly selector: string } & (
  | { readonly kind: 'host' } | { readonly kind: 'emulator'; readonly chip: string } | { readonly kind: 'iphone'; readonly parsed: DeviceSelector });

/** What a photo is to run on. Throws UserError for what no photo runs on. */
export function photoDevice(on: string): PhotoDevice {
  const parsed = parseDevice(on);
  const selector = formatSelector(parsed);
  if (parsed.kind === 'host') return { selector, kind: 'host' };
  if (parsed.kind === 'emulator') return { selector, kind: 'emulator', chip: parsed.id as string };
  if (parsed.kind === 'iphone' || isVirtualIphone(parsed)) return { selector, kind: 'iphone', parsed };
  throw new UserError(`Photos are not run on ${selector}.`, ['Use --on host, --on emulator:SM8550, --on iphone, or --on virtual:A15.']);
}

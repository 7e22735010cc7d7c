import { askPhone, type IphoneInfo } from './ask-phone.ts';
import { type IphoneProblem, problemsOf } from './known-problems.ts';
import { Usbmux } from './usb/usbmux.ts';

/** An attached iPhone: what it is, how it is and what keeps it from being measured; or why it cannot be asked. */
export type ListedIphone =
  | { readonly udid: string; readonly state: 'attached'; readonly info: IphoneInfo; readonly problems: readonly IphoneProblem[] }
  | { readonly udid: string; readonly state: 'unreachable'; readonly why: string };

/** Every iPhone that usbmuxd sees; needs neither Appium nor its drivers. Null where no usbmuxd runs. Throws ExternalError when it does not list them. */
export async function listIphones(environment: NodeJS.ProcessEnv = process.env): Promise<readonly ListedIphone[] | null> {
  const mux = new Usbmux(environment);
  const phones = await mux.devices();
  if (phones === null) return null;
  return Promise.all(phones.map(async (phone): Promise<ListedIphone> => {
    try {
      const info = await askPhone(mux, phone);
      return { udid: phone.udid, state: 'attached', info, problems: problemsOf(info) };
    } catch (error) {
      return { udid: phone.udid, state: 'unreachable', why: error instanceof Error ? error.message : String(error) };
    }
  }));
}

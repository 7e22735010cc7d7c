import { RUNNER_VERSION } from '../../runner/index.ts';
import type { IphoneInfo } from './ask-phone.ts';

/** Something about a phone that keeps it from being measured, in words, with the way out of it. */
export interface IphoneProblem {
  readonly message: string;
  readonly nextSteps: readonly string[];
}

type Says = (phone: string) => IphoneProblem;

const INSTALL = 'Build and install it from device-harness/apps/iphone in Xcode, or: dyno setup phones --help.';

/** Every state of a phone that has a name here. */
export const PROBLEMS = {
  untrusted: (phone) => ({ message: `${phone} does not trust this computer.`, nextSteps: ['Unlock the phone, plug it in again, and press "Trust" in its dialog.'] }),
  developerMode: (phone) => ({ message: `Developer Mode is off on ${phone}.`, nextSteps: ['Settings > Privacy & Security > Developer Mode: switch it on, restart the phone, and confirm.'] }),
  runnerMissing: (phone) => ({ message: `The runner app is not installed on ${phone}.`, nextSteps: [INSTALL] }),
  notShared: (phone) => ({ message: `The runner app on ${phone} does not share its files.`, nextSteps: [`Its Info.plist lacks UIFileSharingEnabled. ${INSTALL}`] }),
  agent: (phone) => ({
    message: `WebDriverAgent does not run on ${phone}.`,
    nextSteps: [
      'Sign it with your team and install it once: appium driver run xcuitest download-wda, then sign-wda; a free account has to do so every 7 days.',
      'Then start it (Xcode, or a tool of your choice), or have Appium start it: iOS 18 and later need its tunnel (sudo appium driver run xcuitest tunnel-creation).',
    ],
  }),
  locked: (phone) => ({ message: `${phone} is locked.`, nextSteps: ['Unlock it. Settings > Display & Brightness > Auto-Lock: Never, while it is measured.'] }),
  full: (phone) => ({ message: `${phone} is full.`, nextSteps: ['Free some space on the phone, or delete the runner app: models that were sent go with it.'] }),
  refused: (phone) => ({ message: `The runner on ${phone} and this dyno do not understand each other.`, nextSteps: [`Install the runner of this version of dyno (${RUNNER_VERSION}).`] }),
} as const satisfies Record<string, Says>;

type ProblemName = keyof typeof PROBLEMS;

/** What keeps a phone from being measured, the first thing to do first. */
export function problemsOf(info: IphoneInfo): IphoneProblem[] {
  const phone = nameOf(info);
  const { runner } = info;
  if (!info.trusted) return [PROBLEMS.untrusted(phone)];
  return [
    ...(info.developerMode === false ? [PROBLEMS.developerMode(phone)] : []),
    ...(info.locked === true ? [PROBLEMS.locked(phone)] : []),
    ...(runner === null ? [PROBLEMS.runnerMissing(phone)] : []),
    ...(runner !== null && !runner.sharesFiles ? [PROBLEMS.notShared(phone)] : []),
    ...(runner !== null && isOlder(runner.version, RUNNER_VERSION) ? [runnerOld(phone, runner.version)] : []),
  ];
}

/** `iPhone 13 Pro (00008110-…)`. */
export function nameOf({ model, productType, udid }: Pick<IphoneInfo, 'model' | 'productType' | 'udid'>): string {
  return `${model ?? (productType || 'iPhone')} (${udid})`;
}

function runnerOld(phone: string, version: string): IphoneProblem {
  return { message: `The runner app on ${phone} is version ${version}; this dyno speaks to ${RUNNER_VERSION}.`, nextSteps: [INSTALL] };
}

function isOlder(version: string, wanted: string): boolean {
  const [own, other] = [version, wanted].map((text) => text.split('.').map(Number)) as [number[], number[]];
  const at = other.findIndex((part, i) => part !== (own[i] ?? 0));
  return at >= 0 && (own[at] ?? 0) < (other[at] as number);
}

/** What the driver, usbmuxd or the phone say when one of them is met on the way. */
const WORDS: readonly (readonly [RegExp, ProblemName])[] = [
  [/Could not find a pair record|InvalidHostID|PairingDialogResponsePending|UserDeniedPairing/, 'untrusted'],
  [/could not be, unlocked|PasswordProtected|device is locked/i, 'locked'],
  [/FBSApplicationLibrary|Failed to vend|ApplicationLookupFailed|InstallationLookupFailed/, 'runnerMissing'],
  [/ON_SPACE_LEFT|NO_SPACE_LEFT|No space left/i, 'full'],
  [/WebDriverAgent|Connection was refused to port 8100|nothing that listens on port 8100|RemoteXPC/i, 'agent'],
];

/** The problem that an error's text tells of; null for what is none of the phone's owner. */
export function problemIn(text: string, phone: string): IphoneProblem | null {
  const name = WORDS.find(([pattern]) => pattern.test(text))?.[1];
  return name === undefined ? null : PROBLEMS[name](phone);
}

/** Words of sockets, of the driver and of its server when the way to a phone is gone. */
const LOST = [
  'socket hang up', 'ECONNRE', 'EPIPE', 'UND_ERR', 'fetch failed', 'could not be reached', 'Request timed out', 'Could not proxy command', 'Could not find the expected device', 'does not reach',
  'invalid session id', 'terminated', 'Failed to receive any data within the timeout', 'usbmuxd gave', 'usbmuxd cannot',
].map((words) => words.toLowerCase());

/** Whether an error says that the way to the phone is gone, and not that the phone refused something. */
export function isLinkLost(text: string): boolean {
  return LOST.some((words) => text.toLowerCase().includes(words));
}

/** What adb says when a phone cannot be used, in words that help. */
export interface AdbFailure {
  readonly message: string;
  readonly nextSteps: readonly string[];
  /** `user`: the person can mend it. `lost`: the phone is out of reach and may come back. */
  readonly kind: 'user' | 'lost';
}

interface Known {
  readonly pattern: RegExp;
  readonly say: (serial: string) => AdbFailure;
}

const KNOWN: readonly Known[] = [
  {
    pattern: /device (?:still )?(?:unauthorized|authorizing)/,
    say: (serial) => ({ message: `${serial} has not allowed this computer.`, nextSteps: ['Unlock the phone and press "Allow" in its USB debugging dialog.'], kind: 'user' }),
  },
  {
    pattern: /device offline/,
    say: (serial) => ({ message: `${serial} is offline.`, nextSteps: ['Plug the cable in again, or: adb reconnect offline'], kind: 'lost' }),
  },
  {
    pattern: /device '[^']*' not found|no devices\/emulators found|device not found|unknown host service|Could not find a connected Android device/,
    say: (serial) => ({ message: `${serial || 'No phone'} is not attached.`, nextSteps: ['dyno devices lists what is attached. Plug the phone in and switch USB debugging on.'], kind: 'lost' }),
  },
  {
    pattern: /No space left on device/,
    say: (serial) => ({ message: `${serial} is full.`, nextSteps: ['Free some space on the phone; dyno keeps its files in /data/local/tmp/npu-dyno.'], kind: 'user' }),
  },
  {
    pattern: /insufficient permissions|no permissions/,
    say: (serial) => ({ message: `This computer may not use ${serial}.`, nextSteps: ['Linux: install the udev rules (sudo apt install android-sdk-platform-tools-common), then plug the phone in again.'], kind: 'user' }),
  },
  {
    pattern: /protocol fault|Connection reset|closed|failed to (?:read|write)|couldn't read|connection refused|cannot connect to daemon|EOF/i,
    say: (serial) => ({ message: `The connection to ${serial || 'adb'} broke.`, nextSteps: ['Check the cable, then run the same command again: what arrived is kept.'], kind: 'lost' }),
  },
];

/** The failure that a text of adb tells of; null where it tells of none. */
export function adbFailure(serial: string, text: string): AdbFailure | null {
  return KNOWN.find(({ pattern }) => pattern.test(text))?.say(serial) ?? null;
}

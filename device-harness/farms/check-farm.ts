import { UserError } from '../../models/contracts/errors.ts';
import type { Farm } from './farm.ts';

/** What a person with a farm without a shell can do. */
export const WITHOUT_SHELL = [
  'dyno pack makes a bundle that measures wherever somebody has adb and a phone; dyno ingest reads its results.',
  'On an Appium server of your own: --allow-insecure=uiautomator2:adb_shell. docs/farms.md says which vendors allow it.',
] as const;

/** Holds what measuring needs against what the farm's settings say it lacks, before a session is paid for. Throws UserError. */
export function checkFarm({ name, platform, flags, app }: Farm): void {
  if (platform === 'android' && !flags.shell) throw new UserError(`farm:${name} has no mobile: shell, and nothing else starts qnn-net-run on its phones.`, WITHOUT_SHELL);
  if (!flags.pushFile) throw new UserError(`farm:${name} takes no files: models cannot get onto its phones.`, ['dyno pack makes a bundle for a phone elsewhere; dyno ingest reads its results.']);
  if (app !== null && !flags.installFromPath && !isElsewhere(app)) {
    throw new UserError(`farm:${name} installs nothing from a path, and farms.${name}.app is one: ${app}.`, ['Upload the app to the vendor and name it by the address that it gets there, e.g. bs://…, storage:filename=….']);
  }
}

/** `bs://…`, `https://…`, `storage:filename=…`; a drive letter is a path. */
function isElsewhere(app: string): boolean {
  return /^[a-z][a-z\d+.-]+:/i.test(app);
}

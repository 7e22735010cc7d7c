import { HTP_SOCS, type HtpSoc } from '../../../../converters/rules/htp-socs.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import type { ToolCall } from '../tool.ts';
import { type PhoneState, readState } from '../../android/phone-state.ts';

/** The virtual phone that a program runs on. */
export interface Phone {
  /** Folder that is its `/`. */
  readonly root: string;
  /** Folder of what is known about it, outside of its file system. */
  readonly folder: string;
  readonly state: PhoneState;
  /** Null for a chip that nobody knows. */
  readonly chip: HtpSoc | null;
}

/** The phone around this process. Throws ToolFailure where it runs on none. */
export function phoneOf({ environment }: ToolCall): Phone {
  const [root, folder] = [environment['DYNO_PHONE_ROOT'], environment['DYNO_PHONE_STATE']];
  if (!root || !folder) throw new ToolFailure('No Snapdragon SOC detected\nThis is a stand-in of a program for phones: push it to a virtual phone (dyno devices --virtual).');
  const state = readState(folder);
  const name = /^[A-Z]+\d+/.exec((state.properties['ro.soc.model'] ?? '').toUpperCase())?.[0];
  return { root, folder, state, chip: HTP_SOCS.find(({ chip }) => chip === name) ?? null };
}

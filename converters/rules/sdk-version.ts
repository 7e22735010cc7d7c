import { UserError } from '../../models/contracts/index.ts';

/** Major and minor number of a QAIRT (QNN) SDK. */
export type SdkVersion = readonly [major: number, minor: number];

/** The release that the HTP rules were tried with: what a target without a version means. */
export const TRIED_SDK: SdkVersion = [2, 51];

/** Parses `2.28`, `v2.28.0.241029`, …. Throws UserError for anything else. */
export function parseSdkVersion(text: string): SdkVersion {
  const found = /^v?(\d+)\.(\d+)(\.|$)/.exec(text.trim());
  if (!found) throw new UserError(`"${text}" is no version of the SDK.`, ['Write it as htp:SM8550@2.28.']);
  return [Number(found[1]), Number(found[2])];
}

export function isOlder([major, minor]: SdkVersion, [otherMajor, otherMinor]: SdkVersion): boolean {
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

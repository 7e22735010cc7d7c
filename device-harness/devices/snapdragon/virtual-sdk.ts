import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CALIBRATED_WITH } from '../../../converters/estimate/calibration-points.ts';
import { findSdk, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { makeVirtualSdk } from '../../virtual/qnn-sdk/make-sdk.ts';

/** An SDK of stand-ins for phones that are none, made once in `folder`. Its version is that of the compiler here, so that what that makes runs. */
export function virtualSdk(folder: string): QnnSdk {
  const version = (/\d+\.\d+\.\d+\.\d{6}/.exec(CALIBRATED_WITH.qairt) as RegExpExecArray)[0];
  const root = join(folder, `virtual-sdk-${version}`);
  if (!existsSync(root)) {
    const making = `${root}.${process.pid}`;
    rmSync(making, { recursive: true, force: true });
    makeVirtualSdk(making, { version });
    renameSync(making, root);
  }
  return findSdk(root, {}) as QnnSdk;
}

import { expect, test } from 'vitest';
import { freePort } from '../../../device-harness/adb/free-port.ts';
import { findDriverPackages } from '../../../device-harness/appium/driver-packages.ts';
import { openSession } from '../../../device-harness/appium/session.ts';
import { isLinkLost } from '../../../device-harness/devices/iphone/known-problems.ts';
import { ExternalError } from '../../../models/contracts/errors.ts';

const packages = findDriverPackages();

test.skipIf(packages === null)('a server that was killed is a lost link in the words of the real client (needs dyno setup phones)', async () => {
  const port = await freePort();
  const error = await openSession(packages as NonNullable<typeof packages>, { protocol: 'http', hostname: '127.0.0.1', port, path: '/' }, { platformName: 'Android' }).then(() => null, (thrown: Error) => thrown);
  expect(error).toBeInstanceOf(ExternalError);
  expect(error?.message).toBe(`Appium: session failed: nothing listens at http://127.0.0.1:${port}/ (ECONNREFUSED)`);
  expect(isLinkLost((error as ExternalError).message)).toBe(true);
});

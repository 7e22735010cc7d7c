import { join } from 'node:path';
import type { OpenedIphone } from '../../device-harness/devices/iphone/open-iphones.ts';
import type { OpenedPhone } from '../../device-harness/devices/snapdragon/open-phones.ts';
import { assertDistinct } from '../../device-harness/devices/snapdragon/select-phones.ts';
import { type DriverPackages, findDriverPackages } from '../../device-harness/appium/driver-packages.ts';
import { openFarmIphone } from '../../device-harness/farms/open-farm-iphones.ts';
import { openFarmPhone } from '../../device-harness/farms/open-farm-phones.ts';
import { UserError } from '../../models/contracts/errors.ts';
import type { DeviceSelector } from '../../models/contracts/selectors.ts';
import { farmNamed } from './named-farms.ts';
import type { OpenRequest } from './opened-device.ts';

/** Snapdragon phones of farms: all that are named, or none. */
export function openFarmPhones(selectors: readonly DeviceSelector[], { phone, farms, folder, env, emit, signal }: OpenRequest): Promise<OpenedPhone[]> {
  return openAll(selectors, env, (packages, selector) =>
    openFarmPhone(selector, farmNamed(selector, farms), { packages, environment: env, sdk: phone.sdk, perf: phone.perf, folder: join(folder, 'farms', selector.id ?? ''), emit, signal }),
  );
}

/** iPhones of farms: all that are named, or none. */
export function openFarmIphones(selectors: readonly DeviceSelector[], { farms, folder, env, emit, signal }: OpenRequest): Promise<OpenedIphone[]> {
  return openAll(selectors, env, (packages, selector) =>
    openFarmIphone(selector, farmNamed(selector, farms), { packages, environment: env, folder: join(folder, 'farms', selector.id ?? ''), emit, signal }),
  );
}

async function openAll<T extends { close(): Promise<void> }>(selectors: readonly DeviceSelector[], env: NodeJS.ProcessEnv, open: (packages: DriverPackages, selector: DeviceSelector) => Promise<T>): Promise<T[]> {
  if (selectors.length === 0) return [];
  assertDistinct(selectors);
  const packages = findDriverPackages(env);
  if (packages === null) throw new UserError('The WebDriver client is not installed.', ['dyno setup phones']);
  const results = await Promise.allSettled(selectors.map((selector) => open(packages, selector)));
  const opened = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return opened;
  for (const one of opened) await one.close();
  throw failed.reason;
}

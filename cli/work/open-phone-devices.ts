import { UserError } from '../../models/contracts/errors.ts';
import type { OpenedDevice, OpenRequest } from './opened-device.ts';

/** Snapdragon phones of the settings: attached ones and virtual ones. */
export async function openPhoneDevices(selectors: readonly string[], _request: OpenRequest): Promise<OpenedDevice[]> {
  throw new UserError(`This dyno cannot measure on ${selectors.join(', ')} yet.`);
}

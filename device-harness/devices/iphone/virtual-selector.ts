import { UserError } from '../../../models/contracts/errors.ts';
import type { DeviceSelector } from '../../../models/contracts/selectors.ts';
import { knownProductTypes, modelOf } from './product-types.ts';

/** Whether `virtual:NAME` names an iPhone: `virtual:"iPhone 13 Pro"`, `virtual:A15`, `virtual:A15#2`. */
export function isVirtualIphone({ kind, id }: DeviceSelector): boolean {
  return kind === 'virtual' && /^(?:iPhone|A\d\d)/i.test(id ?? '');
}

/** ProductType of a virtual iPhone; several of one kind are told apart by a number. Throws UserError for a name that is not in the table. */
export function virtualProduct({ id }: DeviceSelector): string {
  const wanted = (id ?? '').replace(/#\d+$/, '').trim().toLowerCase();
  const types = knownProductTypes();
  const found = types.find((type) => [type, modelOf(type).name, modelOf(type).chip?.chip].some((name) => name?.toLowerCase() === wanted));
  if (found) return found;
  throw new UserError(`There is no iPhone "${id}" in the table.`, ['Name a phone or a chip: virtual:"iPhone 13 Pro" or virtual:A15.']);
}

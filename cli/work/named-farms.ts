import { checkFarm } from '../../device-harness/farms/check-farm.ts';
import { type Farm, farmOf } from '../../device-harness/farms/farm.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { type DeviceSelector, parseDevice } from '../../models/contracts/selectors.ts';
import type { Config } from '../config/config.ts';

/** The farm that `farm:NAME` or `farm:NAME#2` names: several phones of one farm are told apart by the number. Throws UserError for one that is not in the config, or lacks what measuring needs. */
export function farmNamed({ id }: DeviceSelector, farms: Config['farms']): Farm {
  const name = nameIn(id);
  const settings = Object.hasOwn(farms, name) ? farms[name] : undefined;
  if (!settings) {
    const names = Object.keys(farms);
    throw new UserError(`There is no farm "${name}" in the config.`, [names.length > 0 ? `It has ${names.map((each) => `farm:${each}`).join(', ')}.` : 'docs/farms.md shows the section "farms" of dyno.config.json.']);
  }
  const farm = farmOf(name, settings);
  checkFarm(farm);
  return farm;
}

/** Those of the config's farms that devices are of. */
export function namedFarms(on: readonly string[], farms: Config['farms']): Config['farms'] {
  const names = new Set(on.map(parseDevice).flatMap(({ kind, id }) => (kind === 'farm' ? [nameIn(id)] : [])));
  return Object.fromEntries(Object.entries(farms).filter(([name]) => names.has(name)));
}

function nameIn(id: string | null): string {
  return (id ?? '').replace(/#\d+$/, '');
}

import { UserError } from '../../models/contracts/errors.ts';
import { AXES, type Axis } from './sweep-file.ts';

/** Values that are wanted, by axis; `row` are labels. */
export type Filters = ReadonlyMap<Axis | 'row', readonly string[]>;

/** Reads `--only precision=fp32,w8a8`, several times over. Throws UserError for an axis that there is none of. */
export function parseFilters(texts: readonly string[]): Filters {
  const filters = new Map<Axis | 'row', readonly string[]>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const axis = ([...AXES, 'row'] as const).find((one) => one === text.slice(0, Math.max(at, 0)));
    const values = text.slice(at + 1).split(',').map((value) => value.trim()).filter((value) => value !== '');
    if (!axis || values.length === 0) throw new UserError(`--only ${text} is no filter.`, [`Write --only AXIS=VALUE,VALUE with one of ${AXES.join(', ')}, row.`]);
    filters.set(axis, [...(filters.get(axis) ?? []), ...values]);
  }
  return filters;
}

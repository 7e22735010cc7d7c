import { joinRuns, type OperationPlacement, type Place } from '../../../models/contracts/placement.ts';
import type { ArrayFile } from '../../../converters/toolchain/index.ts';

/** One operation of a package as Core ML plans it. Evidence `planned`. */
export interface PlannedOperation {
  readonly function: string;
  readonly type: string;
  readonly value: string;
  /** `cpu`, `gpu`, `ane`; null where Core ML does not tell, as of constants. */
  readonly preferred: string | null;
  readonly supported: readonly string[];
  /** Share of the whole, 0 to 1. */
  readonly cost: number | null;
}

/** What `mac.block` of the Python worker answers. */
export interface MacAnswer {
  readonly startedAt: string;
  /** From the package, compilation included, and once more from what was compiled. */
  readonly coldLoadMs: number;
  readonly warmLoadMs: number;
  readonly firstMs: number;
  readonly warmUpRuns: number;
  readonly stable: boolean;
  readonly samples: readonly number[];
  readonly outputSha256: Readonly<Record<string, string>>;
  readonly outputs: readonly ArrayFile[] | null;
  readonly peakMemoryBytes: number;
  readonly plan: readonly PlannedOperation[] | null;
}

const MOST_PLACES = 4;

/** Where the operations go: `ane`, or `ane+cpu` by what they cost, and a sentence on those that leave the unit of most. */
export function placementOf(plan: MacAnswer['plan']): { readonly unit: string | null; readonly warnings: readonly string[] } {
  const placed = (plan ?? []).filter(({ preferred }) => preferred !== null);
  const weights = new Map<string, number>();
  for (const { preferred, cost } of placed) weights.set(preferred as string, (weights.get(preferred as string) ?? 0) + (cost ?? 0) + Number.MIN_VALUE);
  const units = [...weights].sort((a, b) => b[1] - a[1]).map(([unit]) => unit);
  const [most] = units;
  const away = placed.filter(({ preferred }) => preferred !== most);
  if (most === undefined) return { unit: null, warnings: [] };
  if (away.length === 0) return { unit: most, warnings: [] };
  const share = away.reduce((sum, { cost }) => sum + (cost ?? 0), 0);
  const places = away.slice(0, MOST_PLACES).map(({ type, value, preferred }) => `${type} ${value} on ${preferred}`).join(', ');
  const more = away.length > MOST_PLACES ? ` and ${away.length - MOST_PLACES} more` : '';
  return { unit: units.join('+'), warnings: [`planned: ${away.length} of ${placed.length} operations leave the ${most} (${(100 * share).toFixed(1)} % of the cost): ${places}${more}`] };
}

/** The operations that Core ML gives a place, in the order of the program, with its own estimate of their cost. Nothing where there is no plan. */
export function plannedOperations(plan: MacAnswer['plan']): { readonly placement?: OperationPlacement } {
  const placed = (plan ?? []).filter(({ preferred }) => preferred !== null);
  if (placed.length === 0) return {};
  const operations = placed.map(({ type, value, preferred, cost }) => ({
    name: value, opType: type.slice(type.indexOf('.') + 1), place: PLACES.has(preferred as Place) ? (preferred as Place) : 'other' as const, work: cost ?? 0,
  }));
  return { placement: { by: 'cost', operations: joinRuns(operations) } };
}

const PLACES: ReadonlySet<Place> = new Set(['cpu', 'gpu', 'ane']);

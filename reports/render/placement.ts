import { joinRuns, type OperationPlacement, type Place, type PlacedOperation } from '../../models/contracts/placement.ts';
import type { Evidence } from '../../models/contracts/evidence.ts';
import { plannedEvidence } from '../model/planned-evidence.ts';
import type { Report, ReportOperations } from '../model/report.ts';

export const PLACE_WORDS: Readonly<Record<Place, string>> = {
  htp: 'HTP', ane: 'Neural Engine', gpu: 'GPU', cpu: 'CPU', other: 'off the unit', absorbed: 'fused or folded',
};

export const PLACES = Object.keys(PLACE_WORDS) as readonly Place[];

export const WORK_WORDS: Readonly<Record<OperationPlacement['by'], string>> = {
  macs: 'multiply-accumulates', cycles: 'cycles', cost: 'cost as Core ML estimates it',
};

/** Where the operations of several variants run, by the word of one source. */
export interface PlacementGroup {
  /** Chip, device and unit, or target. */
  readonly where: string;
  readonly evidence: Evidence;
  readonly saidBy: 'compiler' | 'system' | 'profile' | 'rules';
  readonly rows: readonly PlacedVariant[];
}

export interface PlacedVariant {
  readonly variant: string;
  readonly placement: OperationPlacement;
}

/** By what compilers said, systems planned, profiles counted and rules predict, in this order. */
export function placementGroups({ compiled = [], measurements, operations = [], checks }: Report): PlacementGroup[] {
  const said = [
    ...compiled.map(({ target, variant, placement }) => ({ where: target, evidence: 'compiled' as const, saidBy: 'compiler' as const, variant, placement })),
    ...measurements.map((m) => ({ where: `${m.device}, ${m.unit}`, evidence: plannedEvidence(m), saidBy: 'system' as const, variant: m.variant, placement: m.placement })),
    ...operations.map((profile) => ({ where: `${profile.device}, ${profile.unit}`, evidence: profile.evidence, saidBy: 'profile' as const, variant: profile.variant, placement: profiled(profile) })),
    ...checks.map(({ target, subject, predicted }) => ({ where: target, evidence: 'predicted' as const, saidBy: 'rules' as const, variant: subject, placement: predicted })),
  ];
  const groups = new Map<string, PlacementGroup & { rows: PlacedVariant[] }>();
  for (const { where, evidence, saidBy, variant, placement } of said) {
    if (!placement || placement.operations.length === 0) continue;
    const key = JSON.stringify([saidBy, evidence, where]);
    const group = groups.get(key) ?? { where, evidence, saidBy, rows: [] };
    group.rows.push({ variant, placement });
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** A profile is of the unit that it was taken on. */
function profiled({ unit, operations }: ReportOperations): OperationPlacement {
  const place = PLACES.find((one) => one === unit) ?? 'other';
  return { by: 'cycles', operations: joinRuns(operations.map(({ name, node, opType, cycles }) => ({ name: node ?? name, opType: opType ?? 'unknown', place, work: cycles }))) };
}

/** Neighbours in one place. */
export interface PlacedRun {
  readonly place: Place;
  readonly operations: number;
  /** Share of all work, 0 to 1; null where there is none. */
  readonly share: number | null;
  readonly first: PlacedOperation;
  readonly last: PlacedOperation;
}

/** From place to place in execution order; what was fused or folded belongs to the run that it stands in. */
export function placedRuns({ operations }: OperationPlacement): PlacedRun[] {
  const total = operations.reduce((sum, { work }) => sum + work, 0);
  const runs: { place: Place; members: PlacedOperation[] }[] = [];
  for (const operation of operations) {
    const run = runs.at(-1);
    if (run && (operation.place === run.place || operation.place === 'absorbed')) run.members.push(operation);
    else if (run?.place === 'absorbed') {
      run.place = operation.place;
      run.members.push(operation);
    } else runs.push({ place: operation.place, members: [operation] });
  }
  return runs.map(({ place, members }) => ({
    place, operations: members.reduce((sum, { count = 1 }) => sum + count, 0), share: total > 0 ? members.reduce((sum, { work }) => sum + work, 0) / total : null,
    first: members[0] as PlacedOperation, last: members.at(-1) as PlacedOperation,
  }));
}

/** `HTP 18 operations, 100 % of the multiply-accumulates; CPU 2 operations, 0 %`. */
export function placementSummary(placement: OperationPlacement): string {
  const { operations, by } = placement;
  const total = operations.reduce((sum, { work }) => sum + work, 0);
  const present = PLACES.filter((place) => operations.some((operation) => operation.place === place));
  return present.map((place, i) => {
    const own = operations.filter((operation) => operation.place === place);
    const number = own.reduce((sum, { count = 1 }) => sum + count, 0);
    const share = total > 0 && place !== 'absorbed' ? `, ${percentText(own.reduce((sum, { work }) => sum + work, 0) / total)}${i === 0 ? ` of the ${WORK_WORDS[by]}` : ''}` : '';
    return `${PLACE_WORDS[place]} ${number} operation${number === 1 ? '' : 's'}${share}`;
  }).join('; ');
}

/** `99.7 %`; what is not all is never told as 100 %. */
export function percentText(share: number): string {
  const percent = 100 * share;
  const shown = percent.toFixed(1);
  return `${shown === '100.0' && share < 1 ? '> 99.9' : shown === '0.0' && share > 0 ? '< 0.1' : shown.replace(/\.0$/, '')} %`;
}

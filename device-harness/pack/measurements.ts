import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { Measurement } from '../../models/contracts/records.ts';
import type { Variant } from '../devices/device.ts';
import { Ledger, withDrift } from '../method/ledger.ts';
import { PLAN_DEFAULTS } from '../method/plan.ts';
import type { PackedModel, PackPlan } from './plan.ts';
import type { TakenResults } from './take-results.ts';

/** What plans of all kinds of phones say about the schedule. */
type Schedule = Pick<PackPlan, 'blocks' | 'warmUp' | 'timed' | 'seed'> & { readonly models: readonly Pick<PackedModel, 'id' | 'path' | 'sha256' | 'inputs'>[] };

/** Measurements as a schedule here would have made them, drift looked for. */
export function measurementsOf(plan: Schedule, { device, evidence, finished }: Pick<TakenResults, 'device' | 'evidence' | 'finished'>): Measurement[] {
  const variants = plan.models.map((model): Variant => ({ id: model.id, modelPath: model.path, sha256: model.sha256, feed: shapesOnly(model.inputs) }));
  const units = [...new Set(plan.blocks.map(({ unit }) => unit))];
  const rounds = Math.max(...plan.blocks.map(({ round }) => round)) + 1;
  const { warmUp, timed, seed } = plan;
  const ledger = new Ledger({ ...PLAN_DEFAULTS, id: 'ingest', variants, units, warmUp, timed, seed, minRounds: rounds, maxRounds: rounds }, finished.map(withDrift));
  return ledger.measurements({ selector: device, capabilities: { evidence } });
}

/** Of the inputs a record has the sizes. */
function shapesOnly(inputs: PackedModel['inputs']): NamedArrays {
  return new Map(Object.entries(inputs).map(([name, dims]) => [name, { dtype: 'float32' as const, dims, data: new Float32Array() }]));
}

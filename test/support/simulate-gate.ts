import { BLOCK_PROFILES, PLAN_DEFAULTS, runSchedule, type Variant } from '../../device-harness/index.ts';
import { evaluateGates, parseBudgets } from '../../reports/gate/index.ts';
import { pairBudget } from '../../reports/gate/pair-budgets.ts';
import { buildReport, type GateStatus, type Report } from '../../reports/model/index.ts';
import { type Noise, noisyDevice } from './noisy-device.ts';

export interface GateTrial {
  readonly status: GateStatus;
  /** Interleaved pairs of blocks that were taken. */
  readonly pairs: number;
}

export interface SimulateOptions {
  /** True change of the candidate, 0.1 for 10 % slower. */
  readonly change: number;
  readonly noise: Noise;
  readonly rounds: readonly [number, number];
  readonly seed: number;
}

const BUDGETS = parseBudgets({ gates: [{ variant: 'candidate', latency: { maxIncrease: '5%', vs: 'base' } }] }, 'the simulation');
const VARIANTS = ['base', 'candidate'].map((id): Variant => ({ id, modelPath: `${id}.onnx`, sha256: id, feed: new Map() }));

/** One release judged by a gate of +5 %: the real schedule, the real statistics and the real gate over a device that scatters. */
export async function simulateGate({ change, noise, rounds: [minRounds, maxRounds], seed }: SimulateOptions): Promise<GateTrial> {
  const maxIncrease = pairBudget(BUDGETS, { variant: 'candidate', model: null, target: null, device: 'noisy' }, ['npu'], 'base');
  const { measurements } = await runSchedule(noisyDevice({ base: 1, candidate: 1 + change }, noise, seed), {
    ...PLAN_DEFAULTS, ...BLOCK_PROFILES.quick, id: 'bench', variants: VARIANTS, units: ['npu'], seed, minRounds, maxRounds, pairings: [{ base: 'base', candidate: 'candidate', maxIncrease }],
  }, { emit: () => undefined });
  const [verdict] = evaluateGates(buildReport({ ...EMPTY, measurements, reference: 'base' }), BUDGETS);
  return { status: verdict?.status ?? 'missing', pairs: measurements[0]?.blocks.length ?? 0 };
}

const EMPTY: Pick<Report, 'run' | 'environment' | 'models' | 'variants'> = {
  run: { id: 'simulation', title: '', startedAt: '', finishedAt: '', command: '', resumed: false, seed: null },
  environment: { dyno: '', node: '', os: '', cpu: '', cores: 1, memoryBytes: 0, libraries: {} }, models: [], variants: [],
};

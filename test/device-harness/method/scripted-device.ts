import type {
  Batch,
  BlockReport,
  BlockSpec,
  Device,
  Readiness,
  Ticket,
  TicketStatus,
  Variant,
} from '../../../device-harness/devices/device.ts';
import { type BenchPlan, BLOCK_PROFILES, PLAN_DEFAULTS } from '../../../device-harness/index.ts';

/** A device whose blocks are made up by `answer`; it records what it was asked. */
export class ScriptedDevice implements Device {
  readonly selector = 'virtual:scripted';
  readonly label = 'scripted';
  readonly capabilities;
  readonly asked: BlockSpec[] = [];
  readonly #answer: (spec: BlockSpec, nth: number) => BlockReport;
  readonly #tickets: BlockReport[][] = [];
  readiness: () => Promise<Readiness> = async () => ({ ready: true, thermal: 'nominal', reason: null });

  constructor(answer: (spec: BlockSpec, nth: number) => BlockReport, blocksPerBatch = 1) {
    this.#answer = answer;
    this.capabilities = {
      units: ['x', 'y'],
      evidence: 'simulated',
      blocksPerBatch,
      pollMs: 0,
      shell: false,
      pushBytes: 1024,
      thermal: 'states',
      plan: false,
      outputs: false,
      peakMemory: false,
    } as const;
  }

  async submit(batch: Batch): Promise<Ticket> {
    this.#tickets.push(batch.blocks.map((spec) => this.#answer(spec, this.asked.push(spec) - 1)));
    return { id: String(this.#tickets.length - 1) };
  }

  async poll({ id }: Ticket): Promise<TicketStatus> {
    const total = this.#tickets[Number(id)]?.length ?? 0;
    return { state: 'finished', finished: total, total, note: null };
  }

  async collect({ id }: Ticket): Promise<BlockReport[]> {
    return this.#tickets[Number(id)] ?? [];
  }

  async close(): Promise<void> {}
}

export function reportOf(spec: BlockSpec, ms: number, disturbed?: string): BlockReport {
  return {
    ok: true,
    spec,
    effectiveUnit: spec.unit,
    peakMemoryBytes: 1000 + spec.order,
    outputSha256: { y: 'same' },
    warnings: [],
    block: {
      samples: Array.from({ length: 11 }, (_, i) => ms * (1 + (i % 3) * 1e-4)),
      loadMs: 1,
      firstMs: 2,
      warmup: { runs: 9, stable: true },
      startedAt: new Date(0).toISOString(),
      order: spec.order,
      round: spec.round,
      thermal: null,
      ...(disturbed ? { disturbed } : {}),
    },
  };
}

export function planOf(ids: readonly string[], changes: Partial<BenchPlan> = {}): BenchPlan {
  const variants = ids.map((id): Variant => ({ id, modelPath: `${id}.onnx`, sha256: `hash of ${id}`, feed: new Map() }));
  return {
    ...PLAN_DEFAULTS,
    ...BLOCK_PROFILES.quick,
    id: 'bench',
    variants,
    units: ['x'],
    minRounds: 5,
    coolDown: { maxMs: 0, totalMs: 0, pollMs: 1 },
    ...changes,
  };
}

import type { Block, Measurement } from '../../models/contracts/records.ts';
import type { BlockSpec, Device, FailedBlock, FinishedBlock } from '../devices/device.ts';
import { DRIFT_LIMIT, driftWithin } from './drift.ts';
import { foldReasons } from './fold-reasons.ts';
import type { BenchPlan } from './plan.ts';

/** As androidx.benchmark: what is disturbed three times in a row is disturbed by nature. */
const REPEATS_PER_BLOCK = 2;

/** Which blocks of a schedule exist, which were measured again, and which variants failed. */
export class Ledger {
  readonly #plan: BenchPlan;
  readonly #slots = new Map<string, FinishedBlock>();
  readonly #replaced: FinishedBlock[] = [];
  readonly failures: FailedBlock[] = [];

  /** `finished` are blocks of an earlier, interrupted run of the same plan, in the order they were taken. */
  constructor(plan: BenchPlan, finished: readonly FinishedBlock[]) {
    this.#plan = plan;
    for (const report of finished) this.add(report);
  }

  /** Enters a block; one that is already there for this variant, unit and round has been measured again. */
  add(report: FinishedBlock): void {
    const key = slot(report.spec);
    const before = this.#slots.get(key);
    if (before) this.#replaced.push(before);
    this.#slots.set(key, report);
  }

  has(spec: BlockSpec): boolean {
    return this.#slots.has(slot(spec));
  }

  /** Whether this variant failed twice on this unit: it is not tried again. */
  isBroken({ variant, unit }: BlockSpec): boolean {
    return this.failures.filter(({ spec }) => spec.variant === variant && spec.unit === unit).length >= 2;
  }

  get count(): number {
    return this.#slots.size;
  }

  /** Whether a disturbed block may be measured again. */
  mayRepeat(spec: BlockSpec): boolean {
    const own = this.#replaced.filter((report) => slot(report.spec) === slot(spec));
    return own.length < REPEATS_PER_BLOCK && this.#replaced.length < this.#plan.maxRepeats;
  }

  /** Counted blocks of one unit by variant, in rounds. Variants without any are left out. */
  blocksOf(unit: string): Map<string, Block[]> {
    const variants = this.#plan.variants.map(({ id }) => [id, this.#reportsOf(id, unit).map(({ block }) => block)] as const);
    return new Map(variants.filter(([, blocks]) => blocks.length > 0));
  }

  /** One record for each variant and unit that has a block. */
  measurements(device: Pick<Device, 'selector'> & { readonly capabilities: Pick<Device['capabilities'], 'evidence'> }): Measurement[] {
    return this.#plan.units.flatMap((unit) => this.#plan.variants.flatMap(({ id, sha256, feed }) => {
      const reports = this.#reportsOf(id, unit);
      if (reports.length === 0) return [];
      const replaced = this.#replaced.filter(({ spec }) => spec.variant === id && spec.unit === unit).map(({ block }) => block);
      const hashes = reports.map((report) => report.outputSha256).filter((hash) => hash !== null);
      const peaks = reports.map((report) => report.peakMemoryBytes).filter((bytes) => bytes !== null);
      return [{
        variant: id, device: device.selector, unit, effectiveUnit: [...new Set(reports.map((report) => report.effectiveUnit))].join(' + '),
        evidence: device.capabilities.evidence, modelSha256: sha256,
        inputShapes: Object.fromEntries([...feed].map(([name, { dims }]) => [name, dims])),
        blocks: reports.map(({ block }) => block), ...(replaced.length ? { replaced } : {}),
        ...(hashes[0] ? { outputSha256: hashes[0] } : {}), ...(reports[0]?.settings ? { settings: reports[0].settings } : {}),
        ...(reports[0]?.placement ? { placement: reports[0].placement } : {}), warnings: this.#warnings(reports, replaced),
        peakMemoryBytes: peaks.length ? Math.max(...peaks) : null,
      }];
    }));
  }

  #reportsOf(variant: string, unit: string): FinishedBlock[] {
    const own = [...this.#slots.values()].filter(({ spec }) => spec.variant === variant && spec.unit === unit);
    return own.sort((a, b) => a.spec.round - b.spec.round);
  }

  #warnings(reports: readonly FinishedBlock[], replaced: readonly Block[]): string[] {
    const blocks = reports.map(({ block }) => block);
    const disturbed = blocks.filter((block) => block.disturbed !== undefined);
    const unstable = blocks.filter((block) => !block.warmup.stable);
    const outputs = new Set(reports.map(({ outputSha256 }) => JSON.stringify(outputSha256)));
    return [
      ...new Set(reports.flatMap((report) => report.warnings)),
      ...(replaced.length ? [`${counted(replaced.length)} measured again: ${reasons(replaced)}.`] : []),
      ...(disturbed.length ? [`${disturbed.length} of ${blocks.length} blocks were disturbed: ${reasons(disturbed)}.`] : []),
      ...(unstable.length ? [`The warm-up of ${unstable.length} of ${blocks.length} blocks did not become stable.`] : []),
      ...(blocks.length < this.#plan.minRounds ? [`Only ${blocks.length} of ${this.#plan.minRounds} blocks could be measured.`] : []),
      ...(outputs.size > 1 ? ['The outputs differ from block to block.'] : []),
    ];
  }
}

/** The report with a note when its samples drifted, which nothing but their order shows. */
export function withDrift(report: FinishedBlock): FinishedBlock {
  const drift = driftWithin(report.block.samples);
  if (drift === null || Math.abs(drift) <= DRIFT_LIMIT) return report;
  const note = `the times ${drift > 0 ? 'rose' : 'fell'} by ${Math.abs(drift * 100).toFixed(0)} % within the block`;
  return { ...report, block: { ...report.block, disturbed: [report.block.disturbed, note].filter(Boolean).join('; ') } };
}

function slot({ variant, unit, round }: BlockSpec): string {
  return JSON.stringify([variant, unit, round]);
}

function counted(blocks: number): string {
  return blocks === 1 ? '1 block was' : `${blocks} blocks were`;
}

function reasons(blocks: readonly Block[]): string {
  return foldReasons(blocks.flatMap(({ disturbed }) => (disturbed ?? 'disturbed').split('; '))).join('; ');
}

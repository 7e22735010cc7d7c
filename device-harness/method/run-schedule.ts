import { setTimeout as sleep } from 'node:timers/promises';
import { ExternalError, UserError } from '../../models/contracts/errors.ts';
import type { Emit } from '../../models/contracts/events.ts';
import type { Measurement } from '../../models/contracts/records.ts';
import type { BlockReport, BlockSpec, Device, FailedBlock, FinishedBlock } from '../devices/device.ts';
import { CoolDown } from './cool-down.ts';
import { Ledger, withDrift } from './ledger.ts';
import type { BenchPlan } from './plan.ts';
import { progressOf } from './planner.ts';
import { scheduleRound } from './schedule.ts';

export interface ScheduleOptions {
  readonly emit: Emit;
  readonly signal?: AbortSignal;
  /** Blocks of an interrupted run of the same plan; they are not measured again. */
  readonly finished?: readonly FinishedBlock[];
  /** Called with each block as it finishes, so that it can be written down for a later resume. */
  readonly onBlock?: (report: FinishedBlock) => void | Promise<void>;
}

export interface ScheduleResult {
  readonly measurements: Measurement[];
  /** Blocks that could not be measured. */
  readonly failures: readonly FailedBlock[];
  /** Why each unit stopped where it did. */
  readonly stopped: Readonly<Record<string, string>>;
}

/**
 * Measures all variants of a plan on all its units in interleaved rounds, more of them while something is undecided. A disturbed
 * block is measured again while the plan allows; a variant that fails twice on a unit is given up there. Throws ExternalError when
 * no block at all succeeds, and the signal's reason when aborted.
 */
export async function runSchedule(device: Device, plan: BenchPlan, options: ScheduleOptions): Promise<ScheduleResult> {
  check(plan);
  for (const unit of plan.units) device.checkUnit?.(unit);
  const run = new ScheduleRun(device, plan, options);
  return run.all();
}

class ScheduleRun {
  readonly #device: Device;
  readonly #plan: BenchPlan;
  readonly #options: ScheduleOptions;
  readonly #ledger: Ledger;
  readonly #coolDown: CoolDown;
  readonly #stopped = new Map<string, string>();
  #warnedNotReady = false;

  constructor(device: Device, plan: BenchPlan, options: ScheduleOptions) {
    this.#device = device;
    this.#plan = plan;
    this.#options = options;
    this.#ledger = new Ledger(plan, options.finished ?? []);
    this.#coolDown = new CoolDown(device, plan.coolDown);
  }

  async all(): Promise<ScheduleResult> {
    const ids = this.#plan.variants.map(({ id }) => id);
    for (let round = 0; this.#stopped.size < this.#plan.units.length; round++) {
      const due = scheduleRound(ids, this.#plan.units, round, this.#plan.seed).filter(({ unit }) => !this.#stopped.has(unit));
      await this.#take(due.filter((spec) => !this.#ledger.has(spec)));
      this.#closeUnits(round + 1);
    }
    const measurements = this.#ledger.measurements(this.#device);
    const { failures } = this.#ledger;
    if (measurements.length === 0) {
      const last = failures.at(-1);
      const why = last?.message ?? 'no block was taken.';
      throw new ExternalError(`Nothing could be measured: ${why}`, this.#device.selector, last?.output ?? '');
    }
    return { measurements, failures, stopped: Object.fromEntries(this.#stopped) };
  }

  #closeUnits(rounds: number): void {
    for (const unit of this.#plan.units) {
      if (this.#stopped.has(unit)) continue;
      const blocks = this.#ledger.blocksOf(unit);
      const hopeless = blocks.size === 0 && rounds >= 2;
      const progress = hopeless ? { done: true, reason: 'every variant failed' } : progressOf(this.#plan, blocks, rounds);
      if (progress.done) this.#stopped.set(unit, progress.reason);
    }
  }

  async #take(specs: readonly BlockSpec[]): Promise<void> {
    const size = this.#device.capabilities.blocksPerBatch;
    for (let at = 0; at < specs.length; at += size) {
      let due: readonly BlockSpec[] = specs.slice(at, at + size).filter((spec) => !this.#ledger.isBroken(spec));
      while (due.length > 0) due = (await this.#batch(due)).filter((report) => this.#again(report)).map(({ spec }) => spec);
    }
  }

  /** One batch, from the cool-down to its last block. */
  async #batch(blocks: readonly BlockSpec[]): Promise<BlockReport[]> {
    const { signal } = this.#options;
    const readiness = await this.#coolDown.pass(signal);
    if (!readiness.ready && !this.#warnedNotReady) {
      this.#warnedNotReady = true;
      const why = readiness.reason ?? 'no reason given';
      this.#warn('device-not-ready', `The device did not come to rest: ${why}.`, 'Close other programs, or let it cool down.');
    }
    const { variants, warmUp, timed, keepOutputs } = this.#plan;
    this.#progress(blocks);
    const used = variants.filter(({ id }) => blocks.some((spec) => spec.variant === id));
    const ticket = await this.#device.submit({ variants: used, blocks, warmUp, timed, keepOutputs }, signal);
    const reports: BlockReport[] = [];
    for (let finished = false; !finished; ) {
      finished = (await this.#device.poll(ticket)).state === 'finished';
      for (const report of (await this.#device.collect(ticket)).slice(reports.length)) reports.push(await this.#enter(report));
      if (!finished) await sleep(this.#device.capabilities.pollMs, undefined, signal ? { signal } : {});
    }
    return reports;
  }

  async #enter(raw: BlockReport): Promise<BlockReport> {
    const { variant, unit } = raw.spec;
    if (!raw.ok) {
      this.#ledger.failures.push(raw);
      this.#warn('block-failed', `A block of ${variant} on ${unit} failed: ${raw.message}`, null);
      return raw;
    }
    const report = withDrift(raw);
    this.#ledger.add(report);
    this.#options.emit({ type: 'block', at: now(), id: this.#plan.id, device: this.#device.selector, variant, unit, block: report.block });
    await this.#options.onBlock?.(report);
    return report;
  }

  #again(report: BlockReport): boolean {
    if (!report.ok) return !this.#ledger.isBroken(report.spec);
    if (report.block.disturbed === undefined) return false;
    const again = this.#ledger.mayRepeat(report.spec);
    const { variant, unit, round } = report.spec;
    const what = again ? 'is measured again' : 'stays, for no repeats are left';
    this.#warn('block-disturbed', `Round ${round + 1} of ${variant} on ${unit} ${what}: ${report.block.disturbed}.`, null);
    return again;
  }

  #progress(blocks: readonly BlockSpec[]): void {
    const { id, variants, units, minRounds } = this.#plan;
    const round = blocks[0]?.round ?? 0;
    const total = Math.max(this.#ledger.count + blocks.length, variants.length * units.length * Math.max(minRounds, round + 1));
    const note = `round ${round + 1}: ${[...new Set(blocks.map((spec) => `${spec.variant} on ${spec.unit}`))].join(', ')}`;
    this.#options.emit({ type: 'step-progress', at: now(), id, done: this.#ledger.count, total, note });
  }

  #warn(code: string, text: string, hint: string | null): void {
    this.#options.emit({ type: 'warning', at: now(), id: this.#plan.id, code, text, hint });
  }
}

function check(plan: BenchPlan): void {
  const ids = plan.variants.map(({ id }) => id);
  if (ids.length === 0 || plan.units.length === 0) throw new UserError('A benchmark needs at least one model and one unit.');
  if (new Set(ids).size < ids.length) throw new UserError(`Two variants have the same name: ${ids.join(', ')}.`);
  const stranger = plan.pairings.flatMap(({ base, candidate }) => [base, candidate]).find((id) => !ids.includes(id));
  if (stranger !== undefined) throw new UserError(`There is no variant "${stranger}" to compare.`, [`Variants: ${ids.join(', ')}.`]);
  const { minRounds, maxRounds } = plan;
  if (minRounds < 1 || maxRounds < minRounds) throw new UserError(`${minRounds} to ${maxRounds} rounds is no range.`);
}

function now(): string {
  return new Date().toISOString();
}

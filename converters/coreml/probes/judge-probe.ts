import type { ProbeQuestion } from './probe.ts';

/** What a device showed of one package on its Neural Engine. */
export interface ProbeObservation {
  /** Operations of the compute plan; null where there is none. */
  readonly operations: readonly { readonly type: string; readonly supported: readonly string[] }[] | null;
  /** Medians of blocks, in milliseconds. */
  readonly medians: readonly number[];
  /** What it has to do, in a measure that probe and control share: multiply-accumulates, or elements of the output. */
  readonly work: number;
  /** Agreement with the expected outputs in dB; null where none came back. */
  readonly db: number | null;
  /** Why it could not be run; null where it could. */
  readonly failure: string | null;
}

export interface ProbeJudgement {
  readonly verdict: 'confirmed' | 'refuted' | 'undecided';
  readonly why: string;
}

/** Agreement that fp16 with sums in fp16 reaches with room to spare, and that a wrong result does not. */
export const AGREES_DB = 40;
/** So much more time for the same work is more than a phone's noise. */
const SLOWER = 1.15;

/** What the observations of a probe and of its control say about the rule. */
export function judgeProbe(asks: ProbeQuestion, probe: ProbeObservation, control: ProbeObservation, watched: { readonly watch: string; readonly controlWatch: string }): ProbeJudgement {
  if (control.failure !== null) return undecided(`the control did not run: ${control.failure}`);
  if (asks === 'placement') return byPlacement(probe, control, watched);
  if (probe.failure !== null) return undecided(`the probe did not run: ${probe.failure}`);
  return asks === 'time' ? byTime(probe, control, watched) : byOutput(probe, control);
}

function undecided(why: string): ProbeJudgement {
  return { verdict: 'undecided', why };
}

/** Whether the plan offers the Neural Engine for each operation of a type; null where it says nothing about one. */
function offered({ operations }: ProbeObservation, type: string): boolean | null {
  const own = (operations ?? []).filter((operation) => operation.type.split('.').at(-1) === type);
  return own.length === 0 ? null : own.every(({ supported }) => supported.includes('ane'));
}

function byPlacement(probe: ProbeObservation, control: ProbeObservation, { watch, controlWatch }: { readonly watch: string; readonly controlWatch: string }): ProbeJudgement {
  const [own, other] = [offered(probe, watch), offered(control, controlWatch)];
  if (other === null) return undecided(`no plan speaks of ${controlWatch} in the control`);
  if (!other) return undecided(`${controlWatch} of the control is not offered to the Neural Engine either`);
  if (own === null) return undecided(probe.failure ?? `no plan speaks of ${watch}`);
  if (own) return { verdict: 'refuted', why: `${watch} is offered to the Neural Engine` };
  return { verdict: 'confirmed', why: `${watch} is not offered to the Neural Engine, ${controlWatch} of the control is` };
}

/**
 * A prediction costs something whatever its work is, so that its time grows between not at all and in proportion to the work. The rule is
 * confirmed or refuted only where both ways of growing say the same of every pair of blocks.
 */
function byTime(probe: ProbeObservation, control: ProbeObservation, { watch, controlWatch }: { readonly watch: string; readonly controlWatch: string }): ProbeJudgement {
  if (probe.medians.length === 0 || control.medians.length === 0) return undecided('there are no times');
  if (offered(control, controlWatch) === false) return undecided(`${controlWatch} of the control is not offered to the Neural Engine`);
  const growth = probe.work / control.work;
  const atLeast = Math.min(...probe.medians) / (Math.max(...control.medians) * Math.max(1, growth));
  const atMost = Math.max(...probe.medians) / (Math.min(...control.medians) * Math.min(1, growth));
  const off = offered(probe, watch) === false ? ', and is not offered to the Neural Engine' : '';
  if (atLeast >= SLOWER) return { verdict: 'confirmed', why: `for its work the probe takes at least ${atLeast.toFixed(2)} times as long${off}` };
  if (atMost < SLOWER) return { verdict: 'refuted', why: `for its work the probe takes at most ${atMost.toFixed(2)} times as long` };
  return undecided(`for its work the probe takes ${atLeast.toFixed(2)} to ${atMost.toFixed(2)} times as long`);
}

function byOutput(probe: ProbeObservation, control: ProbeObservation): ProbeJudgement {
  if (probe.db === null || control.db === null) return undecided('no outputs came back');
  if (control.db < AGREES_DB) return undecided(`the control’s output is off as well (${decibels(control.db)})`);
  if (probe.db < AGREES_DB) return { verdict: 'confirmed', why: `its output is off: ${decibels(probe.db)}, the control ${decibels(control.db)}` };
  return { verdict: 'refuted', why: `its output is right: ${decibels(probe.db)}` };
}

function decibels(db: number): string {
  return Number.isFinite(db) ? `${db.toFixed(1)} dB` : db > 0 ? 'equal' : 'nothing in common';
}

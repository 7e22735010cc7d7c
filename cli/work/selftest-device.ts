import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageExecutor } from '../../converters/coreml/index.ts';
import { figuresOf } from '../../converters/coreml/parity/figures.ts';
import { PROBES } from '../../converters/coreml/probes/catalog.ts';
import { AGREES_DB, judgeProbe, type ProbeJudgement, type ProbeObservation } from '../../converters/coreml/probes/judge-probe.ts';
import type { ProbeQuestion } from '../../converters/coreml/probes/probe.ts';
import { type ProbeFiles, type WrittenProbe, writeProbes } from '../../converters/coreml/probes/write-probes.ts';
import { type CoremlToolchain, openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { BLOCK_PROFILES, folderVariantOf, type OpenedIphone, openIphones, type Variant } from '../../device-harness/index.ts';
import { type ModelObservation, observeModels } from '../../device-harness/devices/iphone/observe-models.ts';
import type { Unit } from '../../device-harness/runner/index.ts';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import type { DeviceSelector } from '../../models/contracts/selectors.ts';
import { createHostExecutor, type HostExecutor } from '../../models/run/host-executor.ts';
import { readNpy } from '../../models/run/npy.ts';
import { type GoldenCase, goldenCase, goldenNames } from './golden-cases.ts';

export interface SelftestRequest {
  readonly selector: DeviceSelector;
  readonly units: readonly Unit[];
  /** Rules and golden cases by name; all where none is named. */
  readonly only: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly progress: (note: string, done?: number, total?: number) => void;
}

/** Where a unit put what is watched, and how its outputs agree. */
export interface UnitAnswer {
  /** Null where the plan does not say. */
  readonly preferred: string | null;
  /** Null where none came back. */
  readonly outputs: 'equal' | 'agree' | 'differ' | null;
  /** Agreement of the worst output; null where it is equal, has nothing in common, or did not come back. */
  readonly db: number | null;
  readonly failure: string | null;
}

export interface RuleAnswer extends ProbeJudgement {
  readonly rule: string;
  readonly title: string;
  readonly asks: ProbeQuestion;
  /** Of the probe, by unit. */
  readonly units: Readonly<Record<string, UnitAnswer>>;
}

export interface GoldenAnswer {
  readonly name: string;
  /** Whether every unit that ran it gave PyTorch's output. */
  readonly agrees: boolean;
  readonly units: Readonly<Record<string, UnitAnswer>>;
}

export interface SelftestAnswer {
  readonly device: string;
  readonly label: string;
  /** Nothing here was measured: a phone of ours, or a simulator. */
  readonly simulated: boolean;
  readonly rules: readonly RuleAnswer[];
  readonly golden: readonly GoldenAnswer[];
}

/** Blocks of a probe that is asked for its time. */
const TIMED_BLOCKS = 3;

/** Puts the probes of rules and the golden cases to a device. Throws UserError for names that are neither, where coremltools is missing, and for phones that cannot be measured. */
export async function selftestDevice({ selector, units, only, env, signal, progress }: SelftestRequest): Promise<SelftestAnswer> {
  const { rules, names } = chosen(only);
  const toolchain = openCoremlToolchain(env);
  if (rules.length > 0 && toolchain instanceof DynoError) throw toolchain;
  const folder = mkdtempSync(join(tmpdir(), 'dyno-selftest-'));
  const host = createHostExecutor();
  let phone: OpenedIphone | undefined;
  try {
    [phone] = await openIphones([selector], { environment: env, folder: join(folder, 'iphones'), signal });
    const { device, info } = phone as OpenedIphone;
    const probes = rules.length === 0 ? [] : await writeProbes(toolchain as CoremlToolchain, host, folder, (done, of, rule) => progress(`making ${rule}`, done, of), signal, rules);
    const asked = await Promise.all(probes.map((probe) => askedOf(probe, folder, host)));
    const golden = await Promise.all(names.map(goldenCase));
    const timed = new Set(asked
      .filter(({ written }) => written.asks === 'time')
      .flatMap(({ probe, control }) => [probe.variant.id, control.variant.id]));
    const variants = [...asked.flatMap(({ probe, control }) => [probe.variant, control.variant]), ...golden.map(({ variant }) => variant)];
    const blocksOf = (variant: string, unit: Unit): number => (unit === 'ane' && timed.has(variant) ? TIMED_BLOCKS : 1);
    const seen = await observeModels(device, variants, { units, blocksOf, rules: BLOCK_PROFILES.quick, progress, signal });
    return {
      device: device.selector, label: device.label, simulated: info.virtual,
      rules: asked.map((one) => ruleAnswer(one, seen, info.chip)), golden: golden.map((one) => goldenAnswer(one, seen)),
    };
  } finally {
    await phone?.close();
    await host.close();
    if (!(toolchain instanceof DynoError)) await toolchain.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function chosen(only: readonly string[]): { rules: typeof PROBES; names: string[] } {
  const known = goldenNames();
  const stranger = only.find((name) => !known.includes(name) && !PROBES.some(({ rule }) => rule === name));
  if (stranger !== undefined) {
    const steps = ['dyno selftest --list names the rules.', `Golden cases are: ${known.slice(0, 5).join(', ')}, …`];
    throw new UserError(`"${stranger}" is no rule that is probed, and no golden case.`, steps);
  }
  if (only.length === 0) return { rules: PROBES, names: known };
  return { rules: PROBES.filter(({ rule }) => only.includes(rule)), names: known.filter((name) => only.includes(name)) };
}

interface AskedPackage {
  readonly variant: Variant;
  readonly expected: NamedArrays;
}

interface AskedProbe {
  readonly written: WrittenProbe;
  readonly probe: AskedPackage;
  readonly control: AskedPackage;
}

async function askedOf(written: WrittenProbe, folder: string, host: HostExecutor): Promise<AskedProbe> {
  const load = async (id: string, { package: name, inputs, outputs }: ProbeFiles): Promise<AskedPackage> => {
    const variant = await folderVariantOf(id, join(folder, name), arrays(folder, inputs));
    if (!written.compressed) return { variant, expected: arrays(folder, outputs) };
    const [own] = await packageExecutor(host).run(variant.modelPath, [variant.feed]);
    return { variant, expected: own as NamedArrays };
  };
  return { written, probe: await load(written.rule, written.probe), control: await load(`${written.rule}.control`, written.control) };
}

function arrays(folder: string, files: Readonly<Record<string, string>>): NamedArrays {
  return new Map(Object.entries(files).map(([name, file]) => [name, readNpy(join(folder, file))]));
}

function ruleAnswer({ written, probe, control }: AskedProbe, seen: readonly ModelObservation[], chip: OpenedIphone['info']['chip']): RuleAnswer {
  const { rule, title, asks, watch, controlWatch, generations: [first, last] } = written;
  const units = unitAnswers(probe, seen, watch);
  const own = seen.find(({ variant, unit }) => variant === probe.variant.id && unit === 'ane');
  const other = seen.find(({ variant, unit }) => variant === control.variant.id && unit === 'ane');
  const head = { rule, title, asks, units };
  if (!own || !other) return { ...head, verdict: 'undecided', why: 'the Neural Engine was not asked' };
  if (chip !== null && (chip.family < (first ?? 0) || chip.family > (last ?? Number.POSITIVE_INFINITY))) {
    return { ...head, verdict: 'undecided', why: `the rule does not speak of ${chip.chip} (H${chip.family})` };
  }
  const byMacs = own.macs > 0 && other.macs > 0;
  return { ...head, ...judgeProbe(asks, observationOf(own, probe, byMacs), observationOf(other, control, byMacs), { watch, controlWatch }) };
}

function observationOf({ operations, medians, outputs, failure, macs }: ModelObservation, { expected }: AskedPackage, byMacs: boolean): ProbeObservation {
  return { operations, medians, failure, db: agreement(expected, outputs), work: byMacs ? macs : [...expected.values()].reduce((sum, { data }) => sum + data.length, 0) };
}

function goldenAnswer({ name, variant, expected }: GoldenCase, seen: readonly ModelObservation[]): GoldenAnswer {
  const units = unitAnswers({ variant, expected: new Map([['', expected]]) }, seen, null);
  return { name, units, agrees: Object.values(units).every(({ outputs }) => outputs === 'equal' || outputs === 'agree') };
}

function unitAnswers({ variant, expected }: AskedPackage, seen: readonly ModelObservation[], watch: string | null): Record<string, UnitAnswer> {
  const own = seen.filter((one) => one.variant === variant.id);
  return Object.fromEntries(own.map(({ unit, operations, outputs, failure }) => {
    const watched = (operations ?? []).filter(({ type }) => watch === null || type.split('.').at(-1) === watch);
    const places = watched.flatMap(({ preferred }) => preferred ?? []);
    const db = agreement(expected, outputs);
    const compared = db === null ? null : db === Number.POSITIVE_INFINITY ? 'equal' : db >= AGREES_DB ? 'agree' : 'differ';
    return [unit, { preferred: places.length > 0 ? [...new Set(places)].sort().join('+') : null, outputs: compared, db: Number.isFinite(db) ? db : null, failure }];
  }));
}

/** The worst output, in dB of its peak; a single output needs no name. */
function agreement(expected: NamedArrays, outputs: NamedArrays | null): number | null {
  if (outputs === null) return null;
  const only = expected.size === 1 ? [...outputs.values()][0] : undefined;
  return Math.min(...[...expected].map(([name, reference]) => {
    const array = outputs.get(name) ?? only;
    return array ? figuresOf(reference, array).psnr : Number.NEGATIVE_INFINITY;
  }));
}

import { type BenchPlan, BLOCK_PROFILES, type Device, type DeviceCapabilities, type FailedBlock, type FinishedBlock, PLAN_DEFAULTS, runSchedule, type Variant } from '../../device-harness/index.ts';
import { DynoError, UserError } from '../../models/contracts/errors.ts';
import type { DeviceRecord, Measurement, OperationProfile, OutputComparison, SustainedRecord } from '../../models/contracts/records.ts';
import type { Budgets } from '../../reports/gate/budgets-schema.ts';
import { pairBudget } from '../../reports/gate/pair-budgets.ts';
import { type Chorus, chorusOf } from './device-chorus.ts';
import type { ModelRef } from './model-refs.ts';
import { openDevices, unitsFor } from './open-devices.ts';
import type { OpenedDevice, OpenRequest } from './opened-device.ts';

export interface BenchRequest extends OpenRequest {
  /** Step that the events belong to. */
  readonly id: string;
  /** The first is what the others are compared with. `targets` says what it was made for, null for nothing in particular; one file may be for several. */
  readonly models: readonly (ModelRef & { readonly targets?: readonly (string | null)[] })[];
  /** Pairs that are compared besides. */
  readonly pairs?: readonly { readonly base: string; readonly candidate: string }[];
  /** Budgets that a run will be held against: rounds go on until those on latency are decided. */
  readonly budgets?: { readonly gate: Budgets; readonly model: string };
  readonly kept?: KeptResults;
  /** Aborts when a person takes a device out; nobody does unless told. */
  readonly stopOf?: (device: string) => AbortSignal;
}

/** What an interrupted run of the same request has left. */
export interface KeptResults {
  blocks(device: string): readonly FinishedBlock[];
  addBlock(device: string, report: FinishedBlock): void;
  /** Null where it was not written down yet. */
  record<T>(key: readonly string[]): T | null;
  addRecord(key: readonly string[], value: unknown): void;
}

export interface BenchResult {
  readonly devices: readonly DeviceRecord[];
  readonly measurements: readonly Measurement[];
  readonly failures: readonly (FailedBlock & { readonly device: string })[];
  /** Why each unit of each device stopped where it did. */
  readonly stopped: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly operations: readonly OperationProfile[];
  readonly sustained: readonly SustainedRecord[];
  /** Devices that were given up, with what was measured before. */
  readonly lost: readonly { readonly device: string; readonly message: string; readonly nextSteps: readonly string[] }[];
  /** Devices that a person took out. What was measured on them until then is kept for a resumed run, and is not in the result. */
  readonly takenOut: readonly string[];
}

/**
 * Times models side by side, on all devices of the settings at the same time. A device that fails does not take the others along: it is in
 * `lost`. Throws where no device is left: the first error, or what its signal was aborted with where all were taken out by hand.
 */
export async function benchModels(request: BenchRequest): Promise<BenchResult> {
  const { id, settings, emit } = request;
  const far = settings.on.filter((text) => text !== 'host');
  if (far.length > 0) emit({ type: 'step-progress', at: new Date().toISOString(), id, done: 0, total: null, note: `opening ${far.join(', ')}` });
  const opened = await openDevices(request);
  try {
    const chorus = chorusOf(request.id, opened.map(({ record }) => record), request.emit);
    const parts = await Promise.all(opened.map((device) => onDevice(device, request, chorus)));
    const errors = parts.flatMap(({ error }) => (error ? [error] : []));
    const takenOut = parts.filter((part) => part.takenOut).map(({ device }) => device);
    if (takenOut.length === parts.length) throw request.stopOf?.(takenOut[0] as string).reason;
    if (errors.length > 0 && errors.length + takenOut.length === parts.length && parts.every(({ measurements, sustained }) => measurements.length + sustained.length === 0)) throw errors[0];
    return {
      devices: opened.map(({ record }) => record), measurements: parts.flatMap(({ measurements }) => measurements), failures: parts.flatMap(({ failures }) => failures),
      stopped: Object.fromEntries(parts.map(({ device, stopped }) => [device, stopped])), operations: parts.flatMap(({ operations }) => operations),
      sustained: parts.flatMap(({ sustained }) => sustained),
      lost: parts.flatMap(({ device, error }) => (error ? [{ device, message: error.message, nextSteps: error.nextSteps }] : [])),
      takenOut,
    };
  } finally {
    await Promise.all(opened.map((device) => device.close()));
  }
}

interface DevicePart extends Pick<BenchResult, 'measurements' | 'failures' | 'operations' | 'sustained'> {
  readonly device: string;
  readonly stopped: Readonly<Record<string, string>>;
  readonly error: DynoError | null;
  readonly takenOut: boolean;
}

async function onDevice(opened: OpenedDevice, shared: BenchRequest, chorus: Chorus): Promise<DevicePart> {
  const { device } = opened;
  const stop = shared.stopOf?.(device.selector);
  const request = stop ? { ...shared, signal: AbortSignal.any([shared.signal, stop]) } : shared;
  const nothing: DevicePart = { device: device.selector, measurements: [], failures: [], stopped: {}, operations: [], sustained: [], error: null, takenOut: false };
  try {
    const units = unitsFor(opened, request.settings.units);
    const { variants, refused } = await variantsFor(opened, request);
    const part = request.settings.mode === 'sustained' ? await sustained(opened, variants, units, request, chorus) : await blocks(opened, variants, units, request, chorus);
    chorus.done(device.selector);
    return { ...nothing, ...part, failures: [...refused.flatMap((refusal) => refusedBlocks(refusal, device.selector, units)), ...(part.failures ?? [])] };
  } catch (error) {
    if (stop?.aborted && !shared.signal.aborted) {
      chorus.stopped(device.selector);
      return { ...nothing, takenOut: true };
    }
    if (request.signal.aborted || !(error instanceof DynoError)) throw error;
    chorus.lost(device.selector, error.message);
    return { ...nothing, error };
  }
}

interface Refused {
  readonly id: string;
  readonly error: DynoError;
}

/** What cannot be brought into the device's form is told, and the others are measured. Throws where none can. */
async function variantsFor(opened: OpenedDevice, { models, signal }: BenchRequest): Promise<{ variants: Variant[]; refused: Refused[] }> {
  const variants: Variant[] = [];
  const refused: Refused[] = [];
  for (const ref of models.filter(({ targets = [null] }) => targets.some((target) => opened.takes(target)))) {
    try {
      variants.push(await opened.variant(ref));
    } catch (error) {
      if (signal.aborted || !(error instanceof DynoError)) throw error;
      refused.push({ id: ref.id, error });
    }
  }
  if (variants.length === 0) throw refused[0]?.error ?? new UserError(`None of the models is for ${opened.device.selector}.`, ['Add its chip to the targets: "targets": ["htp:SM8550"].']);
  return { variants, refused };
}

function refusedBlocks({ id, error }: Refused, device: string, units: readonly string[]): BenchResult['failures'] {
  return units.map((unit, order) => ({ ok: false, device, spec: { variant: id, unit, round: 0, order }, message: error.message, output: error.nextSteps.join(' ') }));
}

async function blocks(opened: OpenedDevice, variants: readonly Variant[], units: readonly string[], request: BenchRequest, chorus: Chorus): Promise<Partial<DevicePart>> {
  const { device, verify } = opened;
  const { kept, signal } = request;
  const verified = (unit: string, variant: string): string[] => ['verified', device.selector, unit, variant];
  const compared = new Map<string, readonly OutputComparison[]>();
  const compare = async ({ spec, outputs }: FinishedBlock): Promise<void> => {
    const key = verified(spec.unit, spec.variant);
    const known = compared.get(key.join()) ?? kept?.record<OutputComparison[]>(key);
    const variant = variants.find(({ id }) => id === spec.variant);
    if (!verify || known || !outputs || !variant) return;
    compared.set(key.join(), await verify(variant, spec.unit, outputs));
    kept?.addRecord(key, compared.get(key.join()));
  };
  const result = await runSchedule(device, planOf(request, device, variants, units, verify !== null), {
    emit: chorus.emitFor(device.selector), signal, finished: kept?.blocks(device.selector) ?? [],
    onBlock: async (report) => {
      await compare(report);
      kept?.addBlock(device.selector, report);
    },
  });
  const operations = request.phone.operations && device.profile ? await profiles(opened, variants, units, request, chorus) : [];
  return {
    measurements: result.measurements.map((measurement) => {
      const key = verified(measurement.unit, measurement.variant);
      const found = compared.get(key.join()) ?? kept?.record<OutputComparison[]>(key);
      return found ? { ...measurement, verified: found } : measurement;
    }),
    failures: result.failures.map((failure) => ({ ...failure, device: device.selector })), stopped: result.stopped, operations,
  };
}

function planOf({ id, settings, seed, budgets, models, pairs = [] }: BenchRequest, device: Device, variants: readonly Variant[], units: readonly string[], keepOutputs: boolean): BenchPlan {
  const [base, ...rest] = variants as [Variant, ...Variant[]];
  const isHere = (name: string): boolean => variants.some(({ id: variant }) => variant === name);
  const allowed = (variant: string, vs: string | null): number | null => {
    if (!budgets) return null;
    const target = models.find((model) => model.id === variant)?.targets?.[0] ?? null;
    return pairBudget(budgets.gate, { variant, model: budgets.model, target, device: device.selector }, units, vs);
  };
  return {
    ...PLAN_DEFAULTS, ...BLOCK_PROFILES[settings.profile], id, variants, units, seed, keepOutputs, coolDown: coolDownOf(settings.wait, device.capabilities),
    minRounds: settings.rounds[0], maxRounds: settings.rounds[1], pairings: [
      ...rest.map(({ id: candidate }) => ({ base: base.id, candidate, maxIncrease: allowed(candidate, base.id) })),
      ...pairs.filter((pair) => isHere(pair.base) && isHere(pair.candidate)).map((pair) => ({ ...pair, maxIncrease: allowed(pair.candidate, null) })),
    ],
  };
}

/** What a phone needs to cool before one block, as MLPerf Mobile gives it, and in a whole run. */
const PHONE_COOL_MS = 300_000;

/** At most a sixth of the whole patience before one block; a real phone takes minutes to cool, whatever a host would take. */
function coolDownOf(seconds: number, { thermal, evidence }: DeviceCapabilities): BenchPlan['coolDown'] {
  if (thermal !== 'none' && evidence === 'measured(device)') return { maxMs: Math.max(PHONE_COOL_MS, (1000 * seconds) / 6), totalMs: Math.max(6 * PHONE_COOL_MS, 1000 * seconds), pollMs: 2000 };
  return { ...PLAN_DEFAULTS.coolDown, maxMs: (1000 * seconds) / 6, totalMs: 1000 * seconds };
}

/** Of the accelerator alone: other units give no cycles. What fails is a warning, for the times are there. */
async function profiles({ device }: OpenedDevice, variants: readonly Variant[], units: readonly string[], { kept, signal }: BenchRequest, chorus: Chorus): Promise<OperationProfile[]> {
  const found: OperationProfile[] = [];
  for (const variant of units.includes('htp') ? variants : []) {
    const key = ['operations', device.selector, variant.id];
    const known = kept?.record<OperationProfile>(key);
    if (!known) chorus.profiling(device.selector, variant.id);
    try {
      const profile = known ?? (await device.profile?.(variant, 'htp', signal));
      if (profile) found.push(profile);
      if (profile && !known) kept?.addRecord(key, profile);
    } catch (error) {
      if (signal.aborted || !(error instanceof DynoError)) throw error;
      chorus.warn('no-operations', `No cycles by operation of ${variant.id} on ${device.selector}: ${error.message}`);
    }
  }
  return found;
}

async function sustained({ device }: OpenedDevice, variants: readonly Variant[], units: readonly string[], request: BenchRequest, chorus: Chorus): Promise<Partial<DevicePart>> {
  const { settings, kept, signal } = request;
  const records: SustainedRecord[] = [];
  if (!device.sustain) throw new UserError(`${device.selector} cannot be run at a frame rate.`, ['Phones can: --on android, or --on virtual:SM8550.']);
  for (const variant of variants) {
    for (const unit of units) {
      const key = ['sustained', device.selector, unit, variant.id];
      chorus.profiling(device.selector, `${variant.id} on ${unit}, ${settings.fps} frames a second for ${settings.seconds} s`);
      const record = kept?.record<SustainedRecord>(key) ?? (await device.sustain(variant, unit, { framesPerSecond: settings.fps, seconds: settings.seconds }, signal));
      kept?.addRecord(key, record);
      records.push(record);
    }
  }
  return { sustained: records };
}

import { join } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import type { DeviceRecord } from '../../models/contracts/records.ts';
import { type DeviceSelector, formatSelector, parseDevice, parseTarget } from '../../models/contracts/selectors.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { type OpenedPhone, openPhones } from '../../device-harness/devices/snapdragon/open-phones.ts';
import type { Variant } from '../../device-harness/index.ts';
import type { ModelRef } from './model-refs.ts';
import { openFarmPhones } from './open-farm-devices.ts';
import type { OpenedDevice, OpenRequest } from './opened-device.ts';
import { openPhoneArtifacts, type PhoneArtifacts, type PhoneKind } from './phone-artifacts.ts';
import { openVerifier } from './verify-outputs.ts';

const UNITS = ['htp', 'gpu', 'cpu'];

/** Snapdragon phones of the settings, attached ones, virtual ones and those of farms: with what makes artifacts for them and judges their outputs, which they share. */
export async function openPhoneDevices(selectors: readonly string[], request: OpenRequest): Promise<OpenedDevice[]> {
  const { settings, phone, seed, env, signal } = request;
  const phones = await openAll(selectors.map(parseDevice), request);
  const artifacts = openPhoneArtifacts({ phone, size: settings.size, seed, env, signal });
  const verifier = openVerifier(env, signal);
  const asked = settings.units.length > 0 ? UNITS.filter((unit) => settings.units.includes(unit)) : UNITS;
  let open = phones.length;
  const release = async (): Promise<void> => {
    if (--open > 0) return;
    await artifacts.close();
    await verifier.close();
  };
  const chips = phones.flatMap(({ info }) => (info.chip ? [info.chip.chip] : []));
  return phones.map((one): OpenedDevice => ({
    device: one.device, record: recordOf(one), ownUnits: UNITS, takes: (target) => takes(target, one, chips), variant: (ref) => variantOf(artifacts, ref, { soc: one.info.chip, units: asked, sdk: one.sdk }),
    verify: (variant, unit, outputs) => verifier.verify(variant, { unit, soc: one.info.chip, virtual: one.info.virtual }, outputs),
    close: async () => {
      await one.close();
      await release();
    },
  }));
}

async function openAll(selectors: readonly DeviceSelector[], request: OpenRequest): Promise<OpenedPhone[]> {
  const { phone, folder, env, emit, signal } = request;
  const isFarm = ({ kind }: DeviceSelector): boolean => kind === 'farm';
  const here = selectors.filter((selector) => !isFarm(selector));
  const far = await openFarmPhones(selectors.filter(isFarm), request);
  if (here.length === 0) return far;
  try {
    return [...(await openPhones(here, { environment: env, sdk: phone.sdk, chip: phone.chip, link: phone.link, perf: phone.perf, folder: join(folder, 'phones'), emit, signal })), ...far];
  } catch (error) {
    for (const one of far) await one.close();
    throw error;
  }
}

function recordOf({ selector, device, info, sdk }: OpenedPhone): DeviceRecord {
  return {
    device: formatSelector(selector), label: device.label, system: `Android ${info.android} (${info.build})`, chip: info.chip?.chip ?? (info.soc || null), evidence: device.capabilities.evidence,
    tools: { ...(sdk.version === null ? {} : { QAIRT: sdk.version }) },
  };
}

/** What was made for a Neural Engine is not measured here; of what was made for HTP chips, that for the phone's own where there is one. */
function takes(target: string | null, { info }: OpenedPhone, chips: readonly string[]): boolean {
  if (target === null) return true;
  if (parseTarget(target).kind !== 'htp') return false;
  const { label } = resolveTarget(target);
  const own = chips.find((chip) => label === `htp:${chip}`);
  return own === undefined || own === info.chip?.chip;
}

/** All units at once; where one of them cannot have an artifact, the others still do. */
async function variantOf(artifacts: PhoneArtifacts, ref: ModelRef, kind: PhoneKind): Promise<Variant> {
  try {
    return await artifacts.variant(ref, kind);
  } catch (error) {
    if (!(error instanceof UserError) || kind.units.length === 1) throw error;
    const made = await Promise.allSettled(kind.units.map((unit) => artifacts.variant(ref, { ...kind, units: [unit] })));
    const found = made.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const [first] = found;
    if (!first) throw error;
    const missing = kind.units.flatMap((unit, i) => {
      const one = made[i] as PromiseSettledResult<Variant>;
      return one.status === 'rejected' ? [[unit, one.reason instanceof Error ? one.reason.message : String(one.reason)] as const] : [];
    });
    return { ...first, artifacts: new Map(found.flatMap((variant) => [...(variant.artifacts ?? [])])), missing: new Map(missing) };
  }
}

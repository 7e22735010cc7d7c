import { join } from 'node:path';
import type { DeviceRecord, OutputComparison } from '../../models/contracts/records.ts';
import type { NamedArrays } from '../../models/contracts/executor.ts';
import { type DeviceSelector, formatSelector, parseDevice, parseTarget } from '../../models/contracts/selectors.ts';
import { resolveTarget } from '../../converters/rules/resolve-target.ts';
import { type OpenedIphone, openIphones } from '../../device-harness/devices/iphone/open-iphones.ts';
import type { Variant } from '../../device-harness/index.ts';
import { type IphonePackages, openIphonePackages } from './iphone-packages.ts';
import { openFarmIphones } from './open-farm-devices.ts';
import type { OpenedDevice, OpenRequest } from './opened-device.ts';
import { openVerifier, type OutputVerifier } from './verify-outputs.ts';

const UNITS = ['cpu', 'gpu', 'ane', 'all'];

/** iPhones of the settings, attached ones, virtual ones and those of farms: models become Core ML packages once for all of them. */
export async function openIphoneDevices(selectors: readonly string[], request: OpenRequest): Promise<OpenedDevice[]> {
  const { settings, coreml, seed, folder, env, emit, signal } = request;
  const phones = await openAll(selectors.map(parseDevice), request);
  const packages = openIphonePackages({ coreml, size: settings.size, seed, folder: join(folder, 'packages'), env, signal, note: (text) => emit({ type: 'warning', at: new Date().toISOString(), id: null, code: 'rewritten-to-fit', text, hint: null }) });
  const verifier = openVerifier(env, signal);
  const chips = phones.flatMap(({ info }) => (info.chip ? [info.chip.chip] : []));
  let open = phones.length;
  return phones.map((phone): OpenedDevice => ({
    device: phone.device, record: recordOf(phone), ownUnits: UNITS, takes: (target) => takes(target, phone, chips), variant: (ref) => packages.variant(ref),
    verify: (variant, _unit, outputs) => verified(packages, verifier, phone, variant, outputs),
    close: async () => {
      await phone.close();
      if (--open > 0) return;
      await packages.close();
      await verifier.close();
    },
  }));
}

async function openAll(selectors: readonly DeviceSelector[], request: OpenRequest): Promise<OpenedIphone[]> {
  const { folder, env, signal } = request;
  const isFarm = ({ kind }: DeviceSelector): boolean => kind === 'farm';
  const here = selectors.filter((selector) => !isFarm(selector));
  const far = await openFarmIphones(selectors.filter(isFarm), request);
  if (here.length === 0) return far;
  try {
    return [...(await openIphones(here, { environment: env, folder: join(folder, 'iphones'), signal })), ...far];
  } catch (error) {
    for (const one of far) await one.close();
    throw error;
  }
}

function recordOf({ selector, device, info }: OpenedIphone): DeviceRecord {
  return {
    device: formatSelector(selector), label: device.label, system: `iOS ${info.system} (${info.build})`, chip: info.chip?.chip ?? null, evidence: device.capabilities.evidence,
    tools: info.runner ? { runner: info.runner.version } : {},
  };
}

/** What was made for HTP is not measured here; of what was made for Neural Engines, that for the phone's own where there is one. */
function takes(target: string | null, { info }: OpenedIphone, chips: readonly string[]): boolean {
  if (target === null) return true;
  if (parseTarget(target).kind !== 'ane') return false;
  const { label } = resolveTarget(target);
  const own = chips.find((chip) => label === resolveTarget(`ane:"${chip}"`).label);
  return own === undefined || own === info.chip?.chip;
}

/** Against ONNX Runtime on the model that the package was made of. Units round as they like: fp16, with sums kept in fp16 as well. */
async function verified(packages: IphonePackages, verifier: OutputVerifier, { info }: OpenedIphone, variant: Variant, outputs: NamedArrays): Promise<OutputComparison[]> {
  const source = packages.sourceOf(variant);
  if (!source) return [];
  const named = new Map([...outputs].map(([name, array]) => [source.names.get(name) ?? name, array]));
  return verifier.verify({ id: variant.id, modelPath: source.path, sha256: source.sha256, feed: source.feed }, { unit: 'gpu', soc: null, virtual: info.virtual }, named);
}

import { isCoreMlPath } from '../../converters/coreml/package/core-ml-path.ts';
import { openVinoDeviceId, settingsOf, unitsOf } from '../../converters/openvino/index.ts';
import { createHostDevice, type Variant, variantOf } from '../../device-harness/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { isVirtualIphone } from '../../device-harness/devices/iphone/virtual-selector.ts';
import { parseDevice } from '../../models/contracts/selectors.ts';
import type { Config } from '../config/config.ts';
import { feedOf } from './bench-feed.ts';
import { openMac, packageVariant } from './mac.ts';
import { farmNamed } from './named-farms.ts';
import type { ModelRef } from './model-refs.ts';
import type { OpenedDevice, OpenRequest } from './opened-device.ts';

/** Every device of the settings, or none: what was opened is closed where another one fails. Throws UserError with what to do about it. */
export async function openDevices(request: OpenRequest): Promise<OpenedDevice[]> {
  const { settings, farms, seed, env } = request;
  const ofKind = (...kinds: readonly string[]): string[] => settings.on.filter((text) => kinds.includes(kindOf(text, farms)));
  const phones = ofKind('snapdragon');
  const iphones = ofKind('iphone');
  const opened = ofKind('host', 'mac').map((text): OpenedDevice => {
    const device = parseDevice(text).kind === 'mac' ? openMac(env) : createHostDevice();
    return {
      device, record: { device: device.selector, label: device.label, system: null, chip: null, evidence: device.capabilities.evidence, tools: {} },
      ownUnits: ownUnits(text, farms), takes: () => true, variant: (ref) => toVariant(ref, settings.size, seed), verify: null, close: () => device.close(),
    };
  });
  try {
    if (phones.length > 0) opened.push(...(await (await import('./open-phone-devices.ts')).openPhoneDevices(phones, request)));
    if (iphones.length > 0) opened.push(...(await (await import('./open-iphone-devices.ts')).openIphoneDevices(iphones, request)));
    for (const text of ofKind('openvino')) opened.push(await (await import('./open-openvino.ts')).openOpenVinoDevice(text, request));
    return opened;
  } catch (error) {
    for (const one of opened) await one.close();
    throw error;
  }
}

/**
 * Looks at devices and units by name alone. Throws UserError for what this dyno cannot measure on, for a unit that none of the devices has, and
 * for a device that is left without a unit.
 */
export function checkDevices({ on, units }: Pick<Config['bench'], 'on' | 'units'>, farms: Config['farms'], platform: NodeJS.Platform = process.platform): void {
  const fits = (text: string, unit: string): boolean => fitsUnit(text, unit, farms);
  for (const text of on) {
    if (kindOf(text, farms) === 'mac' && platform !== 'darwin') openMac(process.env, platform);
    if (kindOf(text, farms) === 'openvino') openVinoDeviceId(parseDevice(text).id);
    if (units.length > 0 && !units.some((unit) => fits(text, unit))) throw strange(text, units);
  }
  if (on.length === 0) return;
  const stray = units.find((unit) => !on.some((text) => fits(text, unit)));
  if (stray !== undefined) throw strange(on.join(', '), [stray]);
}

function fitsUnit(text: string, unit: string, farms: Config['farms']): boolean {
  const kind = kindOf(text, farms);
  if (kind === 'host') return /^cpu:(?:all|[1-9]\d*)$/.test(unit);
  return kind === 'openvino' ? hasOpenVinoUnit(text, unit) : ownUnits(text, farms).includes(unit);
}

function hasOpenVinoUnit(text: string, unit: string): boolean {
  const device = openVinoDeviceId(parseDevice(text).id);
  try {
    settingsOf(device, unit);
    return true;
  } catch {
    return false;
  }
}

/** Those of the units asked for that a device has; its own where none are asked for. */
export function unitsFor({ device, ownUnits: own }: OpenedDevice, asked: readonly string[]): readonly string[] {
  if (asked.length === 0) return own;
  const has = (unit: string): boolean => {
    try {
      device.checkUnit?.(unit);
      return true;
    } catch {
      return false;
    }
  };
  const units = asked.filter(has);
  if (units.length === 0) throw strange(device.selector, asked);
  return units;
}

function strange(device: string, units: readonly string[]): UserError {
  return new UserError(`${device} has no unit "${units.join('", "')}".`, ['The host and openvino:CPU have cpu:1, cpu:2, … and cpu:all; openvino:GPU gpu, openvino:NPU npu; a Snapdragon phone htp, gpu and cpu; an iPhone or Mac cpu, gpu, ane and all.']);
}

const OWN_UNITS = {
  openvino: [], host: ['cpu:1', 'cpu:all'], snapdragon: ['htp', 'gpu', 'cpu'], iphone: ['cpu', 'gpu', 'ane', 'all'], mac: ['cpu', 'gpu', 'ane', 'all'],
} as const;

/** Units of a device that is named, by its name alone. Throws UserError for what this dyno cannot measure on. */
export function ownUnits(text: string, farms: Config['farms']): readonly string[] {
  const kind = kindOf(text, farms);
  return kind === 'openvino' ? unitsOf(openVinoDeviceId(parseDevice(text).id)) : OWN_UNITS[kind];
}

function kindOf(text: string, farms: Config['farms']): keyof typeof OWN_UNITS {
  const selector = parseDevice(text);
  if (selector.kind === 'host' || selector.kind === 'mac' || selector.kind === 'iphone' || selector.kind === 'openvino') return selector.kind;
  if (selector.kind === 'virtual') return isVirtualIphone(selector) ? 'iphone' : 'snapdragon';
  if (selector.kind === 'android') return 'snapdragon';
  if (selector.kind === 'farm') return farmNamed(selector, farms).platform === 'iphone' ? 'iphone' : 'snapdragon';
  throw new UserError(`This dyno cannot measure on ${text} yet.`, ['Use --on host, android, iphone, farm:NAME, virtual:SM8550, virtual:A15, openvino, or on a Mac mac.']);
}

async function toVariant(ref: ModelRef, size: number, seed: number): Promise<Variant> {
  return isCoreMlPath(ref.path) ? packageVariant(ref, seed) : variantOf(ref.id, ref.path, feedOf(ref, size, seed));
}

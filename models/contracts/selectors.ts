import { UserError } from './errors.ts';

/** `host`, `ane[:CHIP|:"iPhone 13 Pro"]`, `htp[:SM8550|:v75|:"Snapdragon 8 Gen 3"]`, for an older SDK `htp:SM8550@2.28`. `hardware` is as typed; the chip tables of `converters/rules` resolve it. */
export interface TargetSelector {
  readonly kind: 'host' | 'ane' | 'htp';
  readonly hardware: string | null;
}

/** `host`, `emulator:SM8550`, `mac`, `iphone[:UDID]`, `android[:SERIAL]`, `virtual:NAME`, `farm:NAME`, `openvino[:CPU|:GPU|:NPU]`. */
export interface DeviceSelector {
  readonly kind: 'host' | 'emulator' | 'mac' | 'iphone' | 'android' | 'virtual' | 'farm' | 'openvino';
  readonly id: string | null;
}

const TARGET_KINDS = ['host', 'ane', 'htp'] as const;
const DEVICE_KINDS = ['host', 'emulator', 'mac', 'iphone', 'android', 'virtual', 'farm', 'openvino'] as const;
const NEEDS_ID = new Set(['emulator', 'virtual', 'farm']);
const NO_ID = new Set(['host', 'mac']);

/** Parses one target selector. Throws UserError naming the grammar. */
export function parseTarget(text: string): TargetSelector {
  const { kind, rest } = split(text);
  if (!isOneOf(TARGET_KINDS, kind)) throw bad('target', text, 'host, ane[:A15|:"iPhone 13 Pro"], htp[:SM8550|:v75|:"Snapdragon 8 Gen 3"]');
  if (kind === 'host' && rest !== null) throw bad('target', text, 'host (takes no hardware)');
  return { kind, hardware: rest };
}

/** Parses a comma-separated list of targets. */
export function parseTargets(text: string): TargetSelector[] {
  return text.split(',').map((part) => part.trim()).filter((part) => part !== '').map(parseTarget);
}

/** Parses one executor or device selector. Throws UserError naming the grammar. */
export function parseDevice(text: string): DeviceSelector {
  const { kind, rest } = split(text);
  const grammar = 'host, emulator:SM8550, mac, iphone[:UDID], android[:SERIAL], virtual:NAME, farm:NAME, openvino[:CPU|:GPU|:NPU]';
  if (!isOneOf(DEVICE_KINDS, kind)) throw bad('device', text, grammar);
  if (NEEDS_ID.has(kind) !== (rest !== null) && (NEEDS_ID.has(kind) || NO_ID.has(kind))) throw bad('device', text, grammar);
  return { kind, id: rest };
}

/** A selector as a person types it; names with blanks are quoted. */
export function formatSelector(selector: TargetSelector | DeviceSelector): string {
  const detail = 'hardware' in selector ? selector.hardware : selector.id;
  if (detail === null) return selector.kind;
  return `${selector.kind}:${/\s/.test(detail) ? JSON.stringify(detail) : detail}`;
}

function split(text: string): { kind: string; rest: string | null } {
  const colon = text.indexOf(':');
  if (colon < 0) return { kind: text.trim().toLowerCase(), rest: null };
  const rest = text.slice(colon + 1).trim().replace(/^"(.*)"$/, '$1').trim();
  return { kind: text.slice(0, colon).trim().toLowerCase(), rest: rest === '' ? null : rest };
}

function isOneOf<T extends string>(list: readonly T[], text: string): text is T {
  return (list as readonly string[]).includes(text);
}

function bad(what: string, text: string, grammar: string): UserError {
  return new UserError(`"${text}" is not a ${what}.`, [`Use one of: ${grammar}.`]);
}

import { listIphones } from '../../device-harness/index.ts';
import { healthText } from '../../device-harness/devices/snapdragon/phone-health.ts';
import { findAdb } from '../../converters/toolchain/index.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { iphoneText } from '../text/iphone-text.ts';
import { namesIphone, startVirtualIphones } from '../work/iphones-virtual.ts';
import { type AttachedPhone, attachedPhones, cleanPhone, type PhoneContents } from '../work/phones-attached.ts';
import type { VirtualPhones } from '../work/phones-virtual.ts';

interface DevicesOptions {
  /** Chips or iPhones of virtual phones to start, with commas between. */
  readonly virtual?: string;
  /** Serial of a phone that everything of ours is removed from. */
  readonly clean?: string;
}

/** `dyno devices`: attached phones and iPhones, with chip, heat, charge and what of ours is there; or virtual ones that stay until Ctrl-C. */
export const devices: Handler<DevicesOptions> = async (_args, { virtual, clean }, session) => {
  if (virtual !== undefined && clean !== undefined) throw new UserError('--virtual starts phones, --clean empties one.', ['Name one of the two.']);
  if (virtual !== undefined) return keepVirtualPhones(virtual, session);
  if (clean !== undefined) return removeOurs(clean, session);
  const listed = await listIphones(session.io.env);
  const iphones = listed ?? [];
  const phones = await androidPhones(listed !== null, session);
  const texts = [...phones.map((phone) => phoneText(phone, session)), ...iphones.map((phone) => iphoneText(phone, session.style))];
  await session.present({ json: { phones, iphones }, text: texts.length === 0 ? 'No phone is attached.' : texts.join('\n') });
  return EXIT.ok;
};

/** Whoever has what speaks to iPhones needs no adb. */
async function androidPhones(optional: boolean, { io: { env }, signal }: Session): Promise<readonly AttachedPhone[]> {
  return optional && findAdb(env) === null ? [] : attachedPhones(env, signal);
}

function phoneText(phone: AttachedPhone, { style }: Session): string {
  if (!('info' in phone)) return [`${style.bold(phone.serial)}  ${phone.state}: ${phone.why}`, ...phone.nextSteps.map((step) => `  → ${step}`)].join('\n');
  const { info, health, notReady, contents } = phone;
  const chip = info.chip ? `${info.chip.chip} (Hexagon v${info.chip.hexagon})` : `${info.soc || 'unknown chip'}, which has no HTP that is known here`;
  const state = [healthText(health), health.batteryLevel === null ? null : `${health.batteryLevel} %`, notReady].filter((part) => part !== null).join(', ');
  const lines = [`${style.bold(phone.serial)}  ${info.manufacturer} ${info.model}${info.virtual ? ', a virtual phone' : ''}`, `  ${chip}, Android ${info.android}`, `  ${style.dim(state)}`];
  return [...lines, ...(contents ? [`  ${style.dim(contentsText(contents))}`] : [])].join('\n');
}

function contentsText({ ours, runtime, freeBytes, owner }: PhoneContents): string {
  const parts = [
    freeBytes === null ? null : `${formatBytes(freeBytes)} free`,
    ours === 0 ? 'nothing of dyno on it' : `${formatBytes(ours)} of dyno on it${runtime ? ', with QNN programs' : ''}`,
    owner === null ? null : `in use by ${owner}`,
  ];
  return parts.filter((part) => part !== null).join(', ');
}

async function removeOurs(serial: string, session: Session): Promise<number> {
  const bytes = await cleanPhone(serial, session.io.env, session.signal);
  await session.present({ json: { serial, bytes }, text: bytes === 0 ? `There is nothing of dyno on ${serial}.` : `Removed ${formatBytes(bytes)} from ${serial}.` });
  return EXIT.ok;
}

/** They live as long as the command: what is measured on them is simulated. */
async function keepVirtualPhones(list: string, session: Session): Promise<number> {
  const names = list.split(',').map((name) => name.trim().replace(/^"(.*)"$/, '$1')).filter(Boolean);
  if (names.length === 0) throw new UserError('--virtual names no chip.', ['Write --virtual SM8650, --virtual A15, or --virtual SM8550,"iPhone 13 Pro".']);
  const closing: (() => Promise<void>)[] = [];
  try {
    const { phones, close } = await startAndroids(names.filter((name) => !namesIphone(name)), session);
    closing.push(close);
    const started = names.some(namesIphone) ? await startVirtualIphones(names.filter(namesIphone)) : null;
    if (started) closing.push(started.close);
    const iphones = started?.iphones ?? [];
    const address = started?.environment.USBMUXD_SOCKET_ADDRESS;
    const text = [
      ...phones.map(({ serial, chip }) => `${serial}  a virtual phone with ${chip}; Ctrl-C ends it`),
      ...iphones.map(({ udid, model, chip }) => `${udid}  a virtual ${model}${chip === null ? '' : ` with ${chip}`}; Ctrl-C ends it`),
      ...(address ? ['Programs see virtual iPhones with this setting, and no others:', `  export USBMUXD_SOCKET_ADDRESS=${address}`] : []),
    ].join('\n');
    const [first] = phones;
    await session.present({ json: phones.length === 1 && !started ? first : { phones, ...(started ? { iphones, environment: started.environment } : {}) }, text });
    if (!session.signal.aborted) await new Promise((resolve) => session.signal.addEventListener('abort', resolve, { once: true }));
    return EXIT.ok;
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Needs adb where a chip is named, and only there. */
async function startAndroids(chips: readonly string[], { io: { env }, signal }: Session): Promise<VirtualPhones> {
  if (chips.length === 0) return { phones: [], close: async () => undefined };
  const { startVirtualPhones } = await import('../work/phones-virtual.ts');
  return startVirtualPhones(chips, env, signal);
}

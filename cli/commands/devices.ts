import { healthText } from '../../device-harness/devices/snapdragon/phone-health.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { formatBytes } from '../../reports/model/format.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import type { Session } from '../session.ts';
import { type AttachedPhone, attachedPhones, cleanPhone, type PhoneContents } from '../work/phones-attached.ts';

interface DevicesOptions {
  /** Chips of virtual phones to start, with commas between. */
  readonly virtual?: string;
  /** Serial of a phone that everything of ours is removed from. */
  readonly clean?: string;
}

/** `dyno devices`: attached phones, with chip, heat, charge and what of ours is there; or virtual ones that stay until Ctrl-C. */
export const devices: Handler<DevicesOptions> = async (_args, { virtual, clean }, session) => {
  if (virtual !== undefined && clean !== undefined) throw new UserError('--virtual starts phones, --clean empties one.', ['Name one of the two.']);
  if (virtual !== undefined) return keepVirtualPhones(virtual, session);
  if (clean !== undefined) return removeOurs(clean, session);
  const phones = await attachedPhones(session.io.env, session.signal);
  await session.present({ json: { phones }, text: phones.length === 0 ? 'No phone is attached.' : phones.map((phone) => phoneText(phone, session)).join('\n') });
  return EXIT.ok;
};

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
  const chips = list.split(',').map((chip) => chip.trim()).filter(Boolean);
  if (chips.length === 0) throw new UserError('--virtual names no chip.', ['Write --virtual SM8650, or --virtual SM8550,SM8650.']);
  const { startVirtualPhones } = await import('../work/phones-virtual.ts');
  const { phones, close } = await startVirtualPhones(chips, session.io.env, session.signal);
  try {
    const text = phones.map(({ serial, chip }) => `${serial}  a virtual phone with ${chip}; Ctrl-C ends it`).join('\n');
    const [first] = phones;
    await session.present({ json: phones.length === 1 ? first : { phones }, text });
    if (!session.signal.aborted) await new Promise((resolve) => session.signal.addEventListener('abort', resolve, { once: true }));
    return EXIT.ok;
  } finally {
    await close();
  }
}

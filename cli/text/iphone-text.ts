import type { ListedIphone } from '../../device-harness/index.ts';
import { formatBytes } from '../../reports/model/format.ts';
import type { Style } from '../ui/style.ts';

const THERMAL = ['nominal', 'fair', 'serious', 'critical'];

/** One attached iPhone as `dyno devices` shows it. What it does not tell is left out, which is not the same as fine. */
export function iphoneText(phone: ListedIphone, style: Style): string {
  if (phone.state === 'unreachable') return [`${style.bold(phone.udid)}  unreachable: ${phone.why}`, '  → Unlock the phone and plug it in again.'].join('\n');
  const { info, problems } = phone;
  const { battery, thermalState, freeBytes, trusted, developerMode, runner, webDriverAgent } = info;
  const heat = thermalState === null ? null : `heat ${THERMAL[thermalState] ?? thermalState}`;
  const charge = battery === null ? null : `${battery.level} %${battery.charging ? ', charging' : ''}`;
  const state = [heat, charge, freeBytes === null ? null : `${formatBytes(freeBytes)} free`];
  const ours = [
    trusted ? 'trusted' : 'not trusted', developerMode === null ? null : `Developer Mode ${developerMode ? 'on' : 'off'}`,
    trusted ? (runner === null ? 'no runner' : `runner ${runner.version}`) : null, webDriverAgent ? 'WebDriverAgent runs' : 'no WebDriverAgent',
  ];
  const joined = (parts: readonly (string | null)[]): string[] => (parts.every((part) => part === null) ? [] : [`  ${style.dim(parts.filter((part) => part !== null).join(', '))}`]);
  return [
    `${style.bold(phone.udid)}  ${info.model ?? (info.productType || 'iPhone')}${info.virtual ? ', a virtual phone' : ''}`,
    `  ${info.chip ? `${info.chip.chip} (Neural Engine H${info.chip.family})` : 'unknown chip'}, iOS ${info.system}`,
    ...joined(state), ...joined(ours), ...problems.flatMap(({ message, nextSteps }) => [`  ${message}`, ...nextSteps.map((step) => `  → ${step}`)]),
  ].join('\n');
}

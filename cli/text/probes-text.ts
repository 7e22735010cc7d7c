import { PROBES, UNPROBED } from '../../converters/coreml/probes/catalog.ts';
import type { ProbeQuestion } from '../../converters/coreml/probes/probe.ts';
import { RULES } from '../../converters/rules/catalog.ts';
import type { Style } from '../ui/style.ts';
import { wrapText } from '../ui/width.ts';

const QUESTIONS: Readonly<Record<ProbeQuestion, string>> = {
  placement: 'the compute plan offers the Neural Engine for the control’s operation, and not for the probe’s',
  time: 'the control takes less time for its work than the probe',
  output: 'the control gives the stored output, the probe another one',
};

/** What a device would be asked, by what shows the answer. */
export function probesText(style: Style, columns: number): string {
  const widest = Math.max(...PROBES.map(({ rule }) => rule.length));
  const asked = (Object.keys(QUESTIONS) as ProbeQuestion[]).flatMap((question) => [
    ...wrapText(`The rule holds where ${QUESTIONS[question]}:`, columns).map((line) => style.bold(line)),
    ...PROBES.filter(({ asks }) => asks === question).map(({ rule, watch }) => `  ${rule.padEnd(widest)}  ${titleOf(rule)} ${style.dim(`(${watch})`)}`),
    '',
  ]);
  return [...asked, style.bold('Not asked:'), ...Object.entries(UNPROBED).map(([rule, why]) => `  ${rule.padEnd(widest)}  ${style.dim(why)}`)].join('\n');
}

function titleOf(rule: string): string {
  return RULES.find(({ id }) => id === rule)?.title ?? '';
}

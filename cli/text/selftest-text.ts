import type { Style } from '../ui/style.ts';
import { formatTable } from '../ui/table.ts';
import type { GoldenAnswer, RuleAnswer, SelftestAnswer, UnitAnswer } from '../work/selftest-device.ts';

/** What a device answered: a line for each rule, and for each golden case that is off. */
export function selftestText({ label, simulated, rules, golden }: SelftestAnswer, style: Style): string {
  const head = simulated ? [`${style.bold(label)}: ${style.yellow('simulated')}. It plans by these very rules and invents times: what it says proves the way, and no rule.`] : [style.bold(label)];
  const count = (verdict: RuleAnswer['verdict']): number => rules.filter((rule) => rule.verdict === verdict).length;
  const sums = rules.length === 0 ? [] : ['', `${count('confirmed')} of ${rules.length} rules confirmed, ${count('refuted')} refuted, ${count('undecided')} undecided`];
  const table = rules.length === 0 ? [] : [rulesTable(rules, simulated, style)];
  return [...head, ...table, ...sums, ...(golden.length === 0 ? [] : ['', ...goldenLines(golden, simulated, style)])].join('\n');
}

/** Word of evidence by what was asked. */
const EVIDENCE = { placement: 'planned', time: 'measured(device)', output: 'verified(device)' } as const;

function rulesTable(rules: readonly RuleAnswer[], simulated: boolean, style: Style): string {
  const colour = { confirmed: style.green, refuted: style.red, undecided: style.yellow };
  const rows = rules.map(({ rule, verdict, asks, why, units }) => [
    `  ${rule}`, colour[verdict](verdict), simulated ? 'simulated' : EVIDENCE[asks],
    Object.entries(units).map(([unit, { preferred }]) => `${unit}→${preferred ?? '?'}`).join(' '), style.dim(why),
  ]);
  return formatTable([{ title: '  rule' }, { title: 'answer' }, { title: 'evidence' }, { title: 'preferred' }, { title: 'why' }], rows, style.dim);
}

function goldenLines(golden: readonly GoldenAnswer[], simulated: boolean, style: Style): string[] {
  const off = golden.filter(({ agrees }) => !agrees);
  const said = simulated ? 'verified(simulated)' : 'verified(device)';
  return [
    `${golden.length - off.length} of ${golden.length} golden cases give PyTorch’s output on every unit, ${said}`,
    ...off.map(({ name, units }) => `  ${style.red(name)}  ${Object.entries(units).map(([unit, answer]) => `${unit} ${outputText(answer)}`).join(', ')}`),
  ];
}

function outputText({ outputs, db, failure }: UnitAnswer): string {
  if (outputs === null) return failure ?? 'gave nothing';
  return outputs === 'equal' ? 'equal' : db === null ? 'nothing in common' : `${db.toFixed(1)} dB`;
}

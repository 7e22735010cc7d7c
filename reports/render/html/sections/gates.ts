import { formatValue } from '../../../model/format.ts';
import type { GateVerdict } from '../../../model/report.ts';
import { count, gatesByUrgency } from '../../words.ts';
import { type Markup, markup } from '../markup.ts';
import { details, evidence, numeric, type Section, status, table } from '../parts.ts';
import type { View } from '../view.ts';

/** Passed gates are unfolded where nothing else is to be seen and they are few. */
const FEW = 8;

/** Gates that need attention open, passed ones folded. */
export function gatesSection({ report }: View): Section | null {
  if (report.gates.length === 0) return null;
  const gates = gatesByUrgency(report);
  const urgent = gates.filter((gate) => gate.status !== 'ok');
  const passed = gates.filter((gate) => gate.status === 'ok');
  const open = urgent.length === 0 && passed.length <= FEW;
  return {
    id: 'gates', title: 'Gates',
    body: markup`${urgent.length > 0 && gateTable('Gates that did not pass', urgent)}
${passed.length > 0 && details(`${count(passed.length, 'gate')} passed`, gateTable('Gates that passed', passed), open)}`,
  };
}

function gateTable(caption: string, gates: readonly GateVerdict[]): Markup {
  return table(caption, ['Verdict', 'Gate', numeric('Value'), numeric('Limit'), 'Why', 'Evidence'], gates.map((gate) => [
    status(gate.status), [gate.title, gate.level === 'warn' && markup` <span class="tag">warns only</span>`],
    shown(gate.value, gate), shown(gate.limit, gate), gate.message, evidence(gate.evidence),
  ]));
}

function shown(value: number | null, { dimension }: GateVerdict): string {
  return value === null ? '–' : formatValue(value, dimension);
}

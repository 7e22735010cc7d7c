import { formatValue } from '../../../model/format.ts';
import type { GateVerdict } from '../../../model/report.ts';
import { count, gatesByUrgency } from '../../words.ts';
import { type Markup, markup } from '../markup.ts';
import { details, evidence, type Section, status, table } from '../parts.ts';
import type { View } from '../view.ts';

/** Gates that need attention open, passed ones folded. */
export function gatesSection({ report }: View): Section | null {
  if (report.gates.length === 0) return null;
  const gates = gatesByUrgency(report);
  const urgent = gates.filter((gate) => gate.status !== 'ok');
  const passed = gates.filter((gate) => gate.status === 'ok');
  return {
    id: 'gates', title: 'Gates', body: markup`${urgent.length > 0 ? gateTable('Gates that did not pass', urgent) : null}
${passed.length > 0 ? details(`${count(passed.length, 'gate')} passed`, gateTable('Gates that passed', passed), urgent.length === 0 && passed.length <= 8) : null}`,
  };
}

function gateTable(caption: string, gates: readonly GateVerdict[]): Markup {
  return table(caption, [{ title: 'Verdict' }, { title: 'Gate' }, { title: 'Value', numeric: true }, { title: 'Limit', numeric: true }, { title: 'Why' }, { title: 'Evidence' }], gates.map((gate) => [
    status(gate.status), [gate.title, gate.level === 'warn' ? markup` <span class="tag">warns only</span>` : null],
    gate.value === null ? '–' : formatValue(gate.value, gate.dimension), gate.limit === null ? '–' : formatValue(gate.limit, gate.dimension), gate.message, evidence(gate.evidence),
  ]));
}

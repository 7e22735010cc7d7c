import { STATUS_SIGNS } from '../../../reports/render/words.ts';
import type { PastRun } from '../state/found.ts';
import type { AppState } from '../state/state.ts';
import { note, type Row, row } from './row.ts';

/** Past runs, the latest first; two may be marked for comparison. */
export function pastRows({ loads, marked }: AppState): Row[] {
  const runs = loads.runs?.value;
  if (!runs) return [];
  return runs.length === 0 ? [note('There is no run yet.')] : runs.map((run) => pastRow(run, marked));
}

function pastRow({ id, startedAt, models, targets, verdict }: PastRun, marked: readonly string[]): Row {
  const when = startedAt.slice(0, 16).replace('T', ' ');
  const said = verdict ? `${STATUS_SIGNS[verdict.status as keyof typeof STATUS_SIGNS] ?? '?'} ${verdict.sentence}` : '■ did not finish';
  return row({
    id, kind: 'many', label: when, cells: [models.join(', '), verdict ? `exit ${verdict.exitCode}` : '', said], chosen: marked.includes(id), blocked: verdict ? null : `It did not finish: dyno run --resume ${id}`,
    words: `${id} ${targets.join(' ')}`,
    about: () => [
      { text: id, tone: 'strong' }, { text: `${models.join(', ')} for ${targets.join(', ')}` }, { text: said },
      ...(verdict ? [] : [{ text: `→ dyno run --resume ${id}`, tone: 'accent' as const }]),
    ],
  });
}

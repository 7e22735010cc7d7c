import { fitLine, type Line, lineWidth, span } from '../../ui/screen/line.ts';
import { wrapText } from '../../ui/width.ts';
import { shownPath } from '../../work/model-refs.ts';
import type { AboutLine } from '../rows/row.ts';
import { visibleRows } from '../rows/rows-of.ts';
import { ALL_KEYS } from '../state/keys.ts';
import type { AppState } from '../state/state.ts';
import { isBusy, lookupsOf } from '../state/waiting.ts';
import { aboutLines } from './about-lines.ts';
import { dialogLines } from './dialog-lines.ts';
import { listLines } from './list-lines.ts';
import { spinner } from './spinner.ts';

/** From here on a list has its details beside it. */
const WIDE = 120;

/** What stands between head and foot: a list with its details, a text, the keys, or a question. */
export function bodyLines(state: AppState, columns: number, room: number, frame: number): Line[] {
  if (state.helpOpen) return helpLines(state, columns, room);
  if (state.dialog) return dialogLines(state, columns, room);
  const { screen, loads, outcome } = state;
  const problem = screen === 'result' && outcome?.problem ? outcome.problem : lookupsOf(screen).map((name) => loads[name]?.problem).find(Boolean);
  const failed: Line[] = problem ? aboutLines([{ text: `✗ ${problem.message}`, tone: 'bad' }, ...problem.nextSteps.map((text): AboutLine => ({ text: `→ ${text}`, tone: 'accent' }))], columns - 1).map((line) => [span(' '), ...line]) : [];
  if (screen === 'result' || screen === 'past' || screen === 'comparison') {
    const above = [...failed, ...verdictLines(state, columns)];
    return [...above, ...textLines(state, room - above.length)];
  }
  return [...failed, ...listWithDetails(state, columns, room - failed.length, frame)];
}

/** A list alone where there is little room, with the details of its row beside or below it where there is more. */
function listWithDetails(state: AppState, columns: number, room: number, frame: number): Line[] {
  const { rows, cursor } = visibleRows(state);
  const current = rows[cursor];
  if (rows.length === 0) return [[span(''), span(isBusy(state) ? `  ${spinner(frame)} Looking …` : state.filters[state.screen] ? '  Nothing matches: esc drops the filter.' : '  Nothing here.', 'dim')]];
  if (state.detailsOpen && current) return scrolled(aboutLines(current.about(columns - 2), columns - 2), state.scroll, room).map((line) => [span(' '), ...line]);
  if (columns >= WIDE) {
    const left = Math.floor((columns - 3) * 0.6);
    const about = current ? windowOf(aboutLines(current.about(columns - left - 4), columns - left - 4), room, state) : [];
    const list = listLines(rows, cursor, left, room);
    return Array.from({ length: room }, (_, i): Line => [...padded(list[i] ?? [], left), span(' │ ', 'dim'), ...(about[i] ?? [])]);
  }
  const below = room >= 14 && current ? windowOf(aboutLines(current.about(columns - 2), columns - 2), Math.min(7, Math.floor(room / 3)), state) : [];
  if (below.length === 0) return listLines(rows, cursor, columns, room);
  const space = room - below.length - 1;
  const list = listLines(rows, cursor, columns, space);
  return [...list, ...Array.from({ length: Math.max(0, space - list.length) }, (): Line => []), [span('─'.repeat(columns), 'dim')], ...below.map((line): Line => [span(' '), ...line])];
}

function padded(line: Line, width: number): Line {
  const cut = fitLine(line, width);
  return [...cut, span(' '.repeat(Math.max(0, width - lineWidth(cut))))];
}

/** The first lines, the last of them saying that there is more. */
function windowOf(lines: readonly Line[], room: number, { screen }: AppState): Line[] {
  const more = screen === 'findings' || screen === 'rewrites' ? '… enter shows the rest' : '…';
  return lines.length <= room ? [...lines] : [...lines.slice(0, room - 1), [span(more, 'dim')]];
}

function scrolled(lines: readonly Line[], scroll: number, room: number): Line[] {
  const top = Math.max(0, Math.min(scroll, lines.length - room));
  const shown = lines.slice(top, top + room);
  const left = lines.length - top - shown.length;
  return left > 0 && shown.length > 1 ? [...shown.slice(0, -1), [span(`↓ ${left + 1} more lines`, 'dim')]] : shown;
}

/** What a run came to, before all that it measured. */
function verdictLines({ screen, outcome, cwd }: AppState, columns: number): Line[] {
  if (screen !== 'result' || outcome === null || outcome.verdict === null) return [];
  const files = outcome.directory === null ? [] : [{ text: `exit ${outcome.exitCode}, report.html and more in ${shownPath(outcome.directory, cwd)}`, tone: 'dim' as const }];
  return [...aboutLines([{ text: outcome.verdict, tone: 'strong' }, ...files], columns - 2).map((line): Line => [span(' '), ...line]), []];
}

function textLines({ loads, scroll, outcome, screen }: AppState, room: number): Line[] {
  const lines = (loads.text?.value ?? []).map((text): Line => [span(` ${text}`)]);
  if (lines.length === 0 && screen === 'result' && outcome?.problem) return [];
  return lines.length === 0 ? [[span('  Reading …', 'dim')]] : scrolled(lines, scroll, room);
}

function helpLines({ scroll }: AppState, columns: number, room: number): Line[] {
  const width = Math.max(...ALL_KEYS.map(([key]) => key.length));
  const lines = ALL_KEYS.flatMap(([key, what]): Line[] => wrapText(what, Math.max(12, columns - width - 4)).map((part, i) => [span(` ${(i === 0 ? key : '').padEnd(width + 2)}`, 'accent'), span(part)]));
  return scrolled([...lines, [], ...aboutLines([{ text: 'What is chosen here is printed as a command at the end, and can be saved as a config: nothing can only be done here.', tone: 'dim' }], columns - 2).map((line): Line => [span(' '), ...line])], scroll, room);
}

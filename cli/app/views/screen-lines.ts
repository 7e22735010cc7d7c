import { fitLine, type Line, lineWidth, type Span, span, spread } from '../../ui/screen/line.ts';
import { footKeys } from '../state/keys.ts';
import { type AppState, STEPS, type ScreenId, type Step } from '../state/state.ts';
import { isBusy, lookupsOf } from '../state/waiting.ts';
import { bodyLines } from './body-lines.ts';
import { spinner } from './spinner.ts';

const STEP_WORDS: Readonly<Record<Step, string>> = { models: 'Models', targets: 'Targets', devices: 'Devices', findings: 'Findings', rewrites: 'Rewrites', run: 'Run' };

export const QUESTIONS: Readonly<Record<ScreenId, string>> = {
  models: 'Which models?', targets: 'What shall they run on?', devices: 'What measures, and with which pictures?', findings: 'What keeps them off', rewrites: 'What would be rewritten', run: 'All set',
  result: 'What the run found', runs: 'Past runs', past: 'A past run', comparison: 'Two runs, value by value',
};

/** From so many lines on there is room for rules, and for details below a list. */
const ROOMY = 16;

/** The whole screen: as many lines as the terminal has rows, none wider than it. `frame` turns the spinner. */
export function screenLines(state: AppState, frame: number): Line[] {
  const { columns, rows } = state.size;
  const isRoomy = rows >= ROOMY;
  const rule: Line[] = isRoomy ? [[span('─'.repeat(columns), 'dim')]] : [];
  const head = [headerLine(state), ...rule, titleLine(state, frame), ...filterLines(state)];
  const foot = [...rule, ...(state.notice === null ? [] : [[span(`! ${state.notice}`, 'warn')] as Line]), footLine(state)];
  const room = Math.max(1, rows - head.length - foot.length);
  const body = bodyLines(state, columns, room, frame);
  const filled = [...body, ...Array.from({ length: Math.max(0, room - body.length) }, (): Line => [])].slice(0, room);
  return [...head, ...filled, ...foot].slice(0, rows).map((line) => fitLine(line, columns));
}

/** Where one is: all steps where they fit, else which of how many. */
function headerLine({ screen, size: { columns } }: AppState): Line {
  const at = STEPS.indexOf(screen as Step);
  const name: Span = span(' dyno ', 'accent');
  const steps = STEPS.flatMap((step, i): Span[] => [span('  '), i === at ? span(`▸${i + 1} ${STEP_WORDS[step]}`, 'strong') : span(` ${i + 1} ${STEP_WORDS[step]}`, i < at ? 'plain' : 'dim')]);
  const whole: Line = [name, ...steps];
  if (lineWidth(whole) <= columns) return whole;
  return [name, span(at < 0 ? QUESTIONS[screen] : ` step ${at + 1} of ${STEPS.length}: ${STEP_WORDS[screen as Step]}`, 'strong')];
}

function titleLine(state: AppState, frame: number): Line {
  const { screen, size: { columns } } = state;
  const title: Line = [span(` ${QUESTIONS[screen]}`, 'strong'), span(subject(state), 'dim')];
  return spread(title, [...(isBusy(state) ? [span(`${spinner(frame)} `, 'accent')] : []), span(counts(state), 'dim')], columns - 1);
}

/** What a list is about, where the choices before it say so. */
function subject({ screen, choices, past }: AppState): string {
  if (screen === 'past' && past !== null) return `  ${past}`;
  return screen === 'findings' || screen === 'rewrites' ? ` ${screen === 'findings' ? choices.targets.join(', ') : `for ${choices.targets.join(', ')}`}, ${choices.precision}` : '';
}

function counts(state: AppState): string {
  const { screen, choices, loads, marked } = state;
  const note = lookupsOf(screen).map((name) => loads[name]).find((load) => load?.status === 'busy' && load.note !== null)?.note;
  if (note) return note;
  switch (screen) {
    case 'models':
      return `${choices.models.length} chosen of ${loads.files?.value?.models.length ?? 0}`;
    case 'targets':
      return `${choices.targets.length} chosen, ${choices.precision}`;
    case 'devices':
      return `${choices.devices.length} chosen`;
    case 'runs':
      return `${marked.length} of 2 marked`;
    default:
      return '';
  }
}

/** The filter, or the path that is being typed, with what it may go on with. */
function filterLines(state: AppState): Line[] {
  const { screen, filters, filtering, path, loads } = state;
  if (path !== null) {
    const candidates = (loads.completion?.value ?? []).join('  ');
    return [[span(' path ', 'accent'), span(path), span('▏', 'accent'), span(`  ${candidates}`, 'dim')]];
  }
  const text = filters[screen] ?? '';
  return filtering || text !== '' ? [[span(' / ', 'accent'), span(text), span(filtering ? '▏' : '', 'accent')]] : [];
}

/** As many keys as fit, the most useful first. */
function footLine(state: AppState): Line {
  const keys = footKeys(state);
  const line: Span[] = [span(' ')];
  for (const [key, what] of keys) {
    const piece = [span(key, 'accent'), span(` ${what}   `, 'dim')];
    if (lineWidth([...line, ...piece]) - 3 > state.size.columns - 1) break;
    line.push(...piece);
  }
  return fitLine(line.slice(0, -1).concat(span((line.at(-1)?.text ?? '').trimEnd(), 'dim')), state.size.columns);
}

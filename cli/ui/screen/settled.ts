import { formatDuration } from '../numbers.ts';
import type { StepState, UiState, WarningGroup } from '../ui-state.ts';
import { wrapText } from '../width.ts';
import { fitLine, type Line, lineWidth, span, spread } from './line.ts';
import { mark } from './mark.ts';

/** A finished step as it stays in the scrollback: in one line where its summary fits, else with the summary below. */
export function finishedLines(step: StepState, columns: number): Line[] {
  const { status, title, summary, ms } = step;
  const neverBegan = status === 'skipped' && ms === 0;
  const took: Line = [span(status === 'cached' ? 'from last time' : neverBegan ? '' : formatDuration(ms), 'dim')];
  const tone = status === 'failed' ? 'bad' : status === 'interrupted' ? 'warn' : 'dim';
  const said = status === 'interrupted' ? 'interrupted' : summary;
  const head: Line = [mark(step), span(` ${title}`)];
  const whole: Line = said === '' ? head : [...head, span('  '), span(said, tone)];
  if (lineWidth(whole) + 2 + lineWidth(took) <= columns) return [spread(whole, took, columns)];
  return [
    spread(head, took, columns),
    ...wrapText(said, Math.max(20, columns - 2)).map((part) => fitLine([span(`  ${part}`, tone)], columns)),
  ];
}

export function warningLines({ text, hint }: Pick<WarningGroup, 'text' | 'hint'>, columns: number): Line[] {
  const body = wrapText(text, Math.max(20, columns - 4)).map((part, i) => [span(i === 0 ? '! ' : '  ', 'warn'), span(part, 'warn')]);
  const help =
    hint === null
      ? []
      : wrapText(hint, Math.max(20, columns - 6)).map((part, i) => [span(i === 0 ? '  → ' : '    ', 'dim'), span(part, 'dim')]);
  return [...body, ...help];
}

export function headerLines(state: UiState, title: string, columns: number): Line[] {
  return [
    [span('dyno', 'accent'), span(`  ${title}`, 'strong')],
    ...(state.directory === null ? [] : [[span(`      ${state.directory}`, 'dim')]]),
    [span('')],
  ].map((line) => fitLine(line, columns));
}

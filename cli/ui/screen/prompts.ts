import type { Answer } from '../../../models/contracts/events.ts';
import type { Question, UiState } from '../ui-state.ts';
import type { View } from '../view.ts';
import { wrapText } from '../width.ts';
import { fitLine, type Line, span } from './line.ts';

const MOST_MESSAGE_LINES = 4;
const WORDS: Readonly<Record<Answer, string>> = { retry: 'try again', skip: 'leave out', abort: 'end run' };
const LETTERS: Readonly<Record<Answer, string>> = { retry: 'r', skip: 's', abort: 'a' };

/** What the screen wants to know, or says to the last key. */
export function promptLines(state: UiState, { confirm, remark }: View, columns: number): Line[] {
  const titleOf = (id: string): string => state.steps.find((step) => step.id === id)?.title ?? id;
  if (confirm?.kind === 'skip') return ask(`Leave out “${titleOf(confirm.step)}”, and what cannot do without it?`, [['y', 'yes'], ['Esc', 'no']], columns);
  if (confirm) return ask('Stop what?', [...confirm.devices.slice(0, 9).map((device, i): [string, string] => [String(i + 1), device]), ['a', 'everything'], ['Esc', 'nothing']], columns);
  if (state.question) return questionLines(state.question, titleOf(state.question.step), columns);
  return remark === null ? [] : [fitLine([span(remark, 'warn')], columns)];
}

function questionLines({ message, hint, choices }: Question, title: string, columns: number): Line[] {
  const said = wrapText(message, Math.max(20, columns - 2)).slice(0, MOST_MESSAGE_LINES).map((part): Line => [span(`  ${part}`, 'bad')]);
  return [
    fitLine([span('✗', 'bad'), span(` ${title} failed`, 'strong')], columns), ...said.map((line) => fitLine(line, columns)),
    ...(hint === null ? [] : [fitLine([span(`  → ${hint}`, 'dim')], columns)]),
    ...ask('What now?', choices.map((choice): [string, string] => [LETTERS[choice], WORDS[choice]]), columns),
  ];
}

/** The question and its keys in one line, or where that is too long the keys in one of their own. */
function ask(question: string, keys: readonly (readonly [key: string, what: string])[], columns: number): Line[] {
  const choices = keys.flatMap(([key, what]) => [span(`  ${key}`, 'accent'), span(` ${what}`)]);
  const whole: Line = [span(question, 'strong'), ...choices];
  const width = question.length + keys.reduce((sum, [key, what]) => sum + key.length + what.length + 3, 0);
  return width <= columns ? [whole] : [...wrapText(question, Math.max(20, columns)).map((part) => fitLine([span(part, 'strong')], columns)), fitLine(choices, columns)];
}

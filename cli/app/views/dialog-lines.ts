import { type Line, lineWidth, span } from '../../ui/screen/line.ts';
import { wrapText } from '../../ui/width.ts';
import { ANSWERS } from '../state/reduce.ts';
import type { AppState, Dialog } from '../state/state.ts';

/** What a dialog asks. */
export function dialogQuestion({ kind }: Dialog, { saveTarget: { name, exists } }: AppState): string {
  const stays = `${name} is there already: it is changed where these choices say something else, and stays as it is beyond them.`;
  if (kind === 'replace') return `${stays} Change it?`;
  return exists ? `Save what was chosen? ${stays}` : `Save what was chosen as ${name}?`;
}

/** A question with its answers in a frame, in the middle. */
export function dialogLines(state: AppState, columns: number, room: number): Line[] {
  const dialog = state.dialog as Dialog;
  const width = Math.min(columns - 4, 64);
  const inner = [
    ...wrapText(dialogQuestion(dialog, state), width - 4).map((text): Line => [span(text, 'strong')]),
    ...(room > 7 ? [[] as Line] : []),
    ...ANSWERS[dialog.kind].map((text, i): Line => [i === dialog.cursor ? span(`▸ ${text}`, 'accent') : span(`  ${text}`)]),
  ];
  const left = ' '.repeat(Math.max(0, Math.floor((columns - width) / 2)));
  const framed = [
    [span(`${left}┌${'─'.repeat(width - 2)}┐`, 'dim')],
    ...inner.map((line): Line => [span(`${left}│ `, 'dim'), ...line, span(' '.repeat(Math.max(0, width - 4 - lineWidth(line)))), span(' │', 'dim')]),
    [span(`${left}└${'─'.repeat(width - 2)}┘`, 'dim')],
  ];
  return [...Array.from({ length: Math.max(0, Math.floor((room - framed.length) / 2)) }, (): Line => []), ...framed];
}

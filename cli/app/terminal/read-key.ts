import type { Key } from 'ink';
import type { KeyPress } from '../state/keys.ts';

/** Keys as the app knows them. Letters that came at once are told one after the other. */
export function readKeys(input: string, key: Key): KeyPress[] {
  const name = nameOf(key);
  if (name) return [{ name, text: '' }];
  if (key.ctrl || key.meta) return [];
  return [...input].flatMap((letter): KeyPress[] => {
    if (letter === '\r' || letter === '\n') return [{ name: 'enter', text: '' }];
    if (letter === '\t') return [{ name: 'tab', text: '' }];
    if (letter === '\x7f' || letter === '\b') return [{ name: 'backspace', text: '' }];
    if (letter === ' ') return [{ name: 'space', text: ' ' }];
    return letter < ' ' ? [] : [{ name: 'text', text: letter }];
  });
}

function nameOf(key: Key): KeyPress['name'] | null {
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.leftArrow) return 'left';
  if (key.rightArrow) return 'right';
  if (key.pageUp) return 'page-up';
  if (key.pageDown) return 'page-down';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.return) return 'enter';
  if (key.escape) return 'escape';
  if (key.tab) return key.shift ? 'backtab' : 'tab';
  return key.backspace || key.delete ? 'backspace' : null;
}

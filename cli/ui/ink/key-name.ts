import type { Key as InkKey } from 'ink';
import type { Key } from '../keys.ts';

/** The name of a key as `press` knows it; null for what is none of ours. */
export function keyName(input: string, key: Partial<InkKey>): Key | null {
  if (key.ctrl) return input === 'c' ? 'ctrl-c' : null;
  if (key.tab) return key.shift ? 'shift-tab' : 'tab';
  if (key.upArrow) return 'up';
  if (key.downArrow) return 'down';
  if (key.pageUp) return 'page-up';
  if (key.pageDown) return 'page-down';
  if (key.home) return 'home';
  if (key.end) return 'end';
  if (key.escape) return 'escape';
  if (key.return) return 'return';
  return key.meta || input === '' ? null : input.toLowerCase();
}

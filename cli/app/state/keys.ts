import type { Action } from './actions.ts';
import { type AppState, STEPS } from './state.ts';

/** A key as the terminal told of it: a name, or the letter itself. */
export interface KeyPress {
  readonly name: 'up' | 'down' | 'left' | 'right' | 'page-up' | 'page-down' | 'home' | 'end' | 'enter' | 'escape' | 'tab' | 'backtab' | 'backspace' | 'space' | 'text';
  readonly text: string;
}

/** What a key means where the app stands; null where it means nothing. */
export function actionOf(state: AppState, key: KeyPress): Action | null {
  if (state.dialog) return dialogAction(key);
  if (state.filtering || state.path !== null) return typingAction(state, key);
  return NAMED[key.name] ?? (key.name === 'text' || key.name === 'space' ? letterAction(state, key.text) : null);
}

const NAMED: Readonly<Partial<Record<KeyPress['name'], Action>>> = {
  up: { type: 'moved', by: -1 }, down: { type: 'moved', by: 1 }, left: { type: 'expanded', open: false }, right: { type: 'expanded', open: true },
  'page-up': { type: 'moved', by: 'page-up' }, 'page-down': { type: 'moved', by: 'page-down' }, home: { type: 'moved', by: 'first' }, end: { type: 'moved', by: 'last' },
  enter: { type: 'entered' }, escape: { type: 'back' }, tab: { type: 'moved', by: 'next-section' }, backtab: { type: 'moved', by: 'section-before' },
};

const LETTERS: Readonly<Record<string, Action>> = {
  j: { type: 'moved', by: 1 }, k: { type: 'moved', by: -1 }, g: { type: 'moved', by: 'first' }, G: { type: 'moved', by: 'last' }, l: { type: 'expanded', open: true }, h: { type: 'expanded', open: false },
  ' ': { type: 'toggled' }, '/': { type: 'filter-begun' }, '?': { type: 'help' }, n: { type: 'next' }, b: { type: 'back' }, q: { type: 'asked', for: 'quit' }, r: { type: 'runs' }, s: { type: 'asked', for: 'save' },
};

const TEXT_SCREENS = ['result', 'past', 'comparison'];

function letterAction({ screen }: AppState, letter: string): Action | null {
  if (letter === 'p' && screen === 'models') return { type: 'path-begun' };
  if (letter === 'c' && screen === 'runs') return { type: 'compared' };
  if (letter === 'o' && (screen === 'result' || screen === 'past')) return { type: 'asked', for: 'open-report' };
  if (letter === ' ' && TEXT_SCREENS.includes(screen)) return { type: 'moved', by: 'page-down' };
  if (letter === '/' && TEXT_SCREENS.includes(screen)) return null;
  return LETTERS[letter] ?? null;
}

function dialogAction({ name, text }: KeyPress): Action | null {
  if (name === 'up' || name === 'down' || name === 'enter' || name === 'escape') return NAMED[name] as Action;
  if (name === 'tab') return { type: 'moved', by: 1 };
  return text === 'j' || text === 'k' ? (LETTERS[text] as Action) : null;
}

/** Arrows still move the list that is filtered. */
function typingAction({ path }: AppState, { name, text }: KeyPress): Action | null {
  if (name === 'text' || name === 'space') return { type: 'typed', text };
  if (name === 'backspace') return { type: 'erased' };
  if (name === 'enter') return { type: 'typing-ended', keep: true };
  if (name === 'escape') return { type: 'typing-ended', keep: false };
  if (name === 'tab' && path !== null) return { type: 'completed' };
  return path === null && (name === 'up' || name === 'down') ? (NAMED[name] as Action) : null;
}

/** Keys worth naming at the foot of the screen, the most useful first. */
export function footKeys(state: AppState): (readonly [key: string, what: string])[] {
  const { screen, path, filtering, dialog, detailsOpen, helpOpen } = state;
  if (dialog) return [['↑↓', 'choose'], ['enter', 'answer'], ['esc', 'stay']];
  if (path !== null) return [['tab', 'completes'], ['enter', 'adds it'], ['esc', 'leaves it']];
  if (filtering) return [['enter', 'keeps the filter'], ['esc', 'drops it'], ['↑↓', 'move']];
  if (helpOpen || detailsOpen) return [['↑↓', 'scroll'], ['esc', 'closes']];
  const common: [string, string][] = [['/', 'filter'], ['?', 'help'], ['q', 'quit']];
  switch (screen) {
    case 'models':
      return [['space', 'choose'], ['enter', 'next'], ['p', 'path'], ['r', 'past runs'], ...common];
    case 'targets':
    case 'devices':
      return [['space', 'choose'], ['enter', 'next'], ['tab', 'section'], ['esc', 'back'], ...common];
    case 'findings':
      return [['enter', 'details'], ['→', 'places'], ['n', 'next'], ['esc', 'back'], ...common];
    case 'rewrites':
      return [['space', 'in or out'], ['enter', 'details'], ['n', 'next'], ['esc', 'back'], ...common];
    case 'run':
      return [['enter', 'does it'], ['esc', 'back'], ['s', 'save'], ['?', 'help'], ['q', 'quit']];
    case 'runs':
      return [['enter', 'open'], ['space', 'mark'], ['c', 'compare two'], ['esc', 'back'], ...common];
    case 'result':
      return [['↑↓', 'scroll'], ['o', 'open report'], ['s', 'save'], ['r', 'past runs'], ['esc', 'back'], ['q', 'finish']];
    case 'past':
    case 'comparison':
      return [['↑↓', 'scroll'], ...(screen === 'past' ? [['o', 'open report'] as const] : []), ['esc', 'back'], ['q', 'quit']];
  }
}

/** All keys, for the help screen. */
export const ALL_KEYS: readonly (readonly [key: string, what: string])[] = [
  ['↑ ↓  k j', 'move'], ['PgUp PgDn', 'move by a page'], ['g G', 'first, last'], ['tab', 'next section'], ['/', 'filter: words, or letters in order'], ['space', 'choose, mark, leave out or take in'],
  ['enter', 'next step where things are chosen, details where there are some'], ['→ ←  l h', 'show and hide the places of a finding'], ['n', `next of ${STEPS.join(', ')}`], ['esc  b', 'close, drop the filter, or the step before'],
  ['p', 'type the path of a model'], ['r', 'past runs'], ['c', 'compare two marked runs'], ['s', 'save the config'], ['o', 'open the report in a browser'], ['q', 'quit'], ['Ctrl-Z', 'into the background; fg comes back'], ['Ctrl-C', 'end at once'],
];

import { isStop, type Row } from '../rows/row.ts';
import { visibleRows } from '../rows/rows-of.ts';
import type { Action } from '../state/actions.ts';
import { ANSWERS } from '../state/reduce.ts';
import { type AppState, type ScreenId, STEPS, type Step } from '../state/state.ts';
import { isBusy } from '../state/waiting.ts';
import type { AppStore } from '../store.ts';
import { dialogQuestion } from '../views/dialog-lines.ts';
import { QUESTIONS } from '../views/screen-lines.ts';

/** Words that stand for an action; what follows them is its argument. */
const COMMANDS = new Map<string, (argument: string) => Action>([
  ['n', () => ({ type: 'next' })], ['b', () => ({ type: 'back' })], ['q', () => ({ type: 'asked', for: 'quit' })], ['r', () => ({ type: 'runs' })], ['s', () => ({ type: 'asked', for: 'save' })], ['c', () => ({ type: 'compared' })],
  ['f', (text) => ({ type: 'filtered', text })], ['p', (text) => ({ type: 'path-given', text })], ['o', () => ({ type: 'asked', for: 'open-report' })],
]);

const HINTS: Readonly<Partial<Record<ScreenId, string>>> = { findings: 'd and a number reads details, n goes on, ', run: 'A number does it, ', runs: 'A number reads one, two with a comma are marked, c compares those, ' };

/** Rows that are read out before one has to ask for more. */
const AT_ONCE = 20;

/** Text columns of details. */
const COLUMNS = 100;

const HELP = [
  'Numbers choose, several with commas or as 2-5; choosing again takes back.', 'n: next step. b: back.', 'd NUMBER: details.', 'e NUMBER: places of a finding.', 'f WORDS: only rows with these words; f alone: all again.',
  'm: more rows. l: the list again, with what is chosen.', 'p PATH: a model by its path.', 'r: past runs. c: compare two marked ones. o: open the report in a browser.', 's: save the config. q: quit.',
];

/** One conversation about the same states as the screen shows: says what is new, takes lines as answers. */
export class Dialogue {
  readonly #store: AppStore;
  readonly #say: (text: string) => void;
  /** What was said last; said again only when it is asked for. */
  #said = '';
  #from = 0;
  #waiting = false;
  #notice: string | null = null;

  constructor(store: AppStore, say: (text: string) => void) {
    this.#store = store;
    this.#say = say;
  }

  /** Looks at the state and says what is new. */
  follow(): void {
    const { state } = this.#store;
    if (state.notice !== null && state.notice !== this.#notice) this.#say(state.notice);
    this.#notice = state.notice;
    if (state.request !== null) return;
    const isWaiting = isBusy(state);
    const wasWaiting = this.#waiting;
    if (isWaiting && !wasWaiting) this.#say('Please wait.');
    this.#waiting = isWaiting;
    if (isWaiting) return;
    const place = `${state.screen} ${state.dialog?.kind ?? ''} ${state.filters[state.screen] ?? ''} ${state.past ?? ''} ${state.detailsOpen}`;
    if (place === this.#said) {
      if (wasWaiting) this.#say('Done. l reads the list again.');
      return;
    }
    this.#said = place;
    this.#from = 0;
    this.#show();
  }

  /** Takes what was typed. */
  answer(line: string): void {
    const [word = '', ...rest] = line.trim().split(/\s+/);
    const command = COMMANDS.get(word);
    if (this.#store.state.dialog) this.#answerDialog(Number(word));
    else if (command) this.#store.dispatch(command(rest.join(' ')));
    else this.#speak(word, Number(rest[0]), line);
  }

  /** Answers that change nothing but what is read out, and numbers. */
  #speak(word: string, number: number, line: string): void {
    switch (word) {
      case '?':
        for (const text of HELP) this.#say(text);
        break;
      case 'm':
      case 'l':
      case '':
        this.#from = word === 'm' ? this.#from + AT_ONCE : word === 'l' ? 0 : this.#from;
        this.#show();
        break;
      case 'd':
        this.#details(number);
        break;
      case 'e':
        this.#places(number);
        break;
      default:
        this.#choose(line);
    }
  }

  #show(): void {
    const { state } = this.#store;
    if (state.dialog) this.#showDialog(state);
    else this.#showScreen(state);
  }

  #showScreen(state: AppState): void {
    const at = STEPS.indexOf(state.screen as Step);
    this.#say(`${at < 0 ? '' : `Step ${at + 1} of ${STEPS.length}. `}${QUESTIONS[state.screen]}`);
    if (['result', 'past', 'comparison'].includes(state.screen)) for (const text of textOf(state)) this.#say(text);
    else this.#showRows();
    this.#say(`${HINTS[state.screen] ?? (at >= 0 ? 'Numbers choose, n goes on, ' : '')}b goes back, q quits, ? lists all answers.`);
  }

  #showRows(): void {
    const { rows } = visibleRows(this.#store.state);
    const numbered = this.#numbered();
    const shown = new Set(numbered.slice(this.#from, this.#from + AT_ONCE));
    for (const [i, row] of rows.entries()) {
      const belongsTo = rows.slice(i).find(isStop) ?? numbered.at(-1);
      if (belongsTo !== undefined && !shown.has(belongsTo)) continue;
      this.#say(isStop(row) ? `${numbered.indexOf(row) + 1}. ${spoken(row)}` : [row.label.trim(), ...row.cells].filter((text) => text !== '').join(', '));
    }
    const left = numbered.length - this.#from - shown.size;
    if (left > 0) this.#say(`${left} more: m reads on.`);
    if (numbered.length === 0) this.#say('Nothing here.');
  }

  #numbered(): readonly Row[] {
    return visibleRows(this.#store.state).rows.filter(isStop);
  }

  #choose(line: string): void {
    const numbers = parseNumbers(line);
    const rows = this.#numbered();
    if (numbers.length === 0 || numbers.some((number) => !rows[number - 1])) {
      this.#say(`That is no answer here: ${line.trim()}. Type ? for help.`);
      return;
    }
    const { state, dispatch } = this.#store;
    for (const id of numbers.map((number) => (rows[number - 1] as Row).id)) {
      const opens = state.screen === 'run' || (state.screen === 'runs' && numbers.length === 1);
      dispatch(opens ? { type: 'entered', id } : { type: 'toggled', id });
      const now = this.#numbered().find((row) => row.id === id);
      if (!opens && now) this.#say(spoken(now));
    }
  }

  #details(number: number): void {
    const row = this.#numbered()[number - 1];
    for (const { text } of row?.about(COLUMNS) ?? [{ text: 'Which? Type d and a number.' }]) this.#say(text);
  }

  #places(number: number): void {
    const row = this.#numbered()[number - 1];
    if (row) {
      this.#store.dispatch({ type: 'toggled', id: row.id });
      this.#show();
    } else this.#say('Which? Type e and a number.');
  }

  #showDialog(state: AppState): void {
    const dialog = state.dialog as NonNullable<AppState['dialog']>;
    this.#say(dialogQuestion(dialog, state));
    for (const [i, text] of ANSWERS[dialog.kind].entries()) this.#say(`${i + 1}. ${text}`);
  }

  #answerDialog(number: number): void {
    const answers: readonly string[] = ANSWERS[(this.#store.state.dialog as NonNullable<AppState['dialog']>).kind];
    const id = answers[number - 1];
    if (id === undefined) this.#showDialog(this.#store.state);
    else this.#store.dispatch({ type: 'entered', id });
  }
}

/** What a run found, its verdict first. */
function textOf({ outcome, screen, loads }: AppState): readonly string[] {
  const said = screen === 'result' && outcome ? [outcome.verdict, outcome.problem?.message, ...(outcome.problem?.nextSteps ?? [])] : [];
  return [...said.flatMap((text) => text ?? []), ...(loads.text?.value ?? [])];
}

/** A row in words: no signs that a reader would spell out. */
function spoken({ label, cells, chosen, kind, blocked, expanded }: Row): string {
  const state = blocked !== null && !chosen ? 'cannot be chosen: ' : chosen && kind !== 'open' ? 'chosen: ' : '';
  const more = expanded === false ? ', e opens its places' : '';
  return `${state}${label.replace(/^[✗▲·✓–]\s*/, '')}${cells.filter((cell) => cell !== '').map((cell) => `, ${cell.replace(/^✗\s*/, '')}`).join('')}${more}`;
}

/** `1, 3-5` as 1, 3, 4, 5; nothing where it is no such list. */
function parseNumbers(line: string): number[] {
  const parts = line.split(/[,\s]+/).filter(Boolean);
  const numbers = parts.flatMap((part) => {
    const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const [low, high] = [Number(first), Number(last || first)];
    return first === '' || high - low > 1000 ? [Number.NaN] : Array.from({ length: high - low + 1 }, (_, i) => low + i);
  });
  return numbers.some(Number.isNaN) ? [] : numbers;
}

import { createInterface } from 'node:readline';
import type { Answer, DynoEvent } from '../../models/contracts/events.ts';
import type { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import type { RunControl } from '../pipeline/run-control.ts';
import { carryOut } from './carry-out.ts';
import type { FrontEnd } from './front-end.ts';
import { lastLeftOut, type Wish } from './keys.ts';
import { LineLog } from './lines.ts';
import { EMPTY_STATE, reduce } from './reduce.ts';
import { createStyle } from './style.ts';
import type { UiState } from './ui-state.ts';
import { devicesAtWork, FIRST_VIEW, stepAtHand } from './view.ts';

/** Silence after which a sign of life is worth interrupting a listener. */
const QUIET_MS = 20_000;

const ANSWERS: Readonly<Record<string, Answer>> = { retry: 'retry', r: 'retry', skip: 'skip', s: 'skip', stop: 'abort', a: 'abort' };
const TAKEN: Readonly<Record<Wish['type'], string>> = {
  interrupt: 'Stopping at the next safe place.', skip: 'It is left out as soon as it comes to rest.', retry: 'It will be done.', answer: 'Understood.', 'stop-device': 'It is taken out as soon as it comes to rest.',
};
const HELP = 'Type a word and Enter: status, skip, retry, phone NAME to take one phone out, stop.';

export interface SpokenOptions {
  readonly control: RunControl;
  readonly asks: boolean;
}

/**
 * For screen readers: lines that are never drawn over, few of them, without colours, bars or boxes. Questions are asked in words, and what a key does
 * on the live screen is a word and Enter here.
 */
export function openSpokenLines(io: Io, interrupts: Interrupts, { control, asks }: SpokenOptions): FrontEnd {
  const log = new LineLog(createStyle(false), QUIET_MS);
  const say = (line: string): void => void io.stderr.write(`${line}\n`);
  let state: UiState = EMPTY_STATE;
  const leave = asks ? control.attend() : () => {};
  const input = createInterface({ input: io.stdin, terminal: false });
  input.on('line', (typed) => {
    const meant = understand(typed, state);
    if (typeof meant === 'string') return say(meant);
    say(carryOut(meant, control, interrupts) ?? TAKEN[meant.type]);
  });
  return {
    emit: (event) => {
      const before = state;
      state = reduce(state, event);
      for (const line of log.lines(event)) say(line.trim());
      for (const line of asked(event, before)) say(line);
    },
    close: async () => {
      leave();
      input.close();
      io.stdin.pause();
    },
  };
}

/** What a question of the run sounds like, and how to answer it; once at the start, that words are taken. */
function asked(event: DynoEvent, before: UiState): string[] {
  if (event.type === 'run-started' && before.startedAt === null) return event.directory === null ? [] : [`${HELP} help says this again.`];
  if (event.type !== 'question') return [];
  const words: Readonly<Record<Answer, string>> = { retry: 'retry to try again', skip: 'skip to leave it out', abort: 'stop to end the run' };
  return [`What now? Type ${event.choices.map((choice) => words[choice]).join(', ')}, and Enter.`];
}

/** What typed words ask of the run, or the sentence that answers them. */
function understand(typed: string, state: UiState): Wish | string {
  const [word = '', ...rest] = typed.trim().toLowerCase().split(/\s+/);
  const answer = ANSWERS[word];
  const { question } = state;
  if (question && answer) return question.choices.includes(answer) ? { type: 'answer', step: question.step, answer } : 'This step cannot be left out: retry or stop.';
  const step = stepAtHand(state, FIRST_VIEW);
  if (word === 'skip' || word === 's') return step === null ? 'No step is at work.' : { type: 'skip', step };
  if (word === 'stop') return { type: 'interrupt' };
  if (word === 'status') return statusOf(state);
  if (word === 'retry' || word === 'r') {
    const left = lastLeftOut(state);
    return left === null ? 'No step was left out.' : { type: 'retry', step: left };
  }
  if (word === 'phone') {
    const device = devicesAtWork(state).find((name) => name.toLowerCase() === rest.join(' '));
    return device === undefined ? `At work: ${devicesAtWork(state).join(', ') || 'no phones that can be taken out'}.` : { type: 'stop-device', device };
  }
  return HELP;
}

function statusOf({ steps, devices, warnings }: UiState): string {
  const over = steps.filter(({ status }) => status !== 'waiting' && status !== 'running').length;
  const running = steps.filter(({ status }) => status === 'running').map(({ title, done, total, note }) => `${title}${total === null ? '' : `, ${done} of ${total}`}${note === null ? '' : `, ${note}`}`);
  const phones = devices.filter(({ step }) => steps.some(({ id, status }) => id === step && status === 'running')).map(({ device, phase, health }) => `${device} ${phase}${health === null ? '' : `, ${health}`}`);
  const warned = warnings.reduce((sum, { count }) => sum + count, 0);
  return `${[`${over} of ${steps.length} steps over`, ...running, ...phones, ...(warned > 0 ? [`${warned} warnings`] : [])].join('. ')}.`;
}

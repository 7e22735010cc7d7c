import type { DeviceProgress, DynoEvent } from '../../models/contracts/events.ts';
import { formatDuration, plural } from './numbers.ts';
import { EMPTY_STATE, heldBack, isNewKind, reduce } from './reduce.ts';
import { byBytes } from './reduce-candidates.ts';
import { candidateText } from './screen/candidates.ts';
import type { Style } from './style.ts';
import type { StepState, UiState } from './ui-state.ts';

const QUIET_MS = 5000;

/** Turns events into lines for a log: one when a step begins, one when it ends, and a sign of life every few seconds between. */
export class LineLog {
  readonly #style: Style;
  #state: UiState = EMPTY_STATE;
  #spokeAt = 0;
  readonly #quietMs: number;
  readonly #phases = new Map<string, DeviceProgress['phase']>();

  /** `quietMs`: silence after which progress is a line. */
  constructor(style: Style, quietMs = QUIET_MS) {
    this.#style = style;
    this.#quietMs = quietMs;
  }

  /** The lines that an event is worth. Pure but for what was said before; time is taken from the events. */
  lines(event: DynoEvent): string[] {
    this.#state = reduce(this.#state, event);
    const lines = this.#linesOf(event);
    if (lines.length > 0) this.#spokeAt = Date.parse(event.at);
    return lines;
  }

  #linesOf(event: DynoEvent): string[] {
    const { bold, dim, yellow } = this.#style;
    switch (event.type) {
      case 'run-started':
        return [...(event.directory === null ? [] : [`Run directory ${event.directory}`]), plural(event.steps.length, 'step')];
      case 'step-started':
        return [`${this.#counter(event.id)} ${bold(this.#step(event.id).title)}`];
      case 'step-progress': {
        if (Date.parse(event.at) - this.#spokeAt < this.#quietMs) return [];
        return [dim(`${this.#indent()} ${progress(this.#step(event.id))}`)];
      }
      case 'step-finished':
        return [...this.#heldBack(event.id), `${this.#indent()} ${this.#outcome(this.#step(event.id))}`];
      case 'warning':
        if (!isNewKind(this.#state)) return [];
        return [
          `${this.#indent()} ${yellow('warning')} ${event.text}`,
          ...(event.hint === null ? [] : [`${this.#indent()} → ${event.hint}`]),
        ];
      case 'run-finished':
        return [event.verdict];
      case 'candidate':
        return this.#newBest(event.id, event.candidate.name);
      case 'device':
        return this.#deviceLine(event.device);
      case 'question':
        return [`${this.#indent()} ${this.#style.red('failed')}  ${event.message}`, ...(event.hint === null ? [] : [`${this.#indent()} → ${event.hint}`])];
      case 'step-retried':
        return [`${this.#indent()} ${this.#step(event.id).title}: once more`];
      case 'device-stopped':
        return [`${this.#indent()} ${event.device}  taken out by hand`];
      case 'step-skipped':
      case 'block':
      case 'log':
        return [];
    }
  }

  /** Devices are told of when they begin, end, or go away; what happens between is counted. */
  #deviceLine({ device, label, phase, note }: DeviceProgress): string[] {
    const before = this.#phases.get(device);
    this.#phases.set(device, phase);
    if (before === phase || phase === 'profiling') return [];
    const what = { opening: 'opened', measuring: 'measuring', done: 'done', lost: this.#style.red('lost'), stopped: 'stopped' }[phase];
    return [`${this.#indent()} ${device}  ${what}${phase === 'measuring' ? this.#style.dim(`  ${label}`) : note === null ? '' : `  ${note}`}`];
  }

  /** A way that is better than all before it is worth a line. */
  #newBest(id: string, name: string): string[] {
    const [best] = this.#state.candidates.filter(({ step }) => step === id).sort(byBytes);
    return best?.name === name ? [`${this.#indent()} ${candidateText(best)}  ${this.#style.dim(name)}`] : [];
  }

  #step(id: string): StepState {
    return this.#state.steps.find((step) => step.id === id) as StepState;
  }

  #counter(id: string): string {
    const total = String(this.#state.steps.length);
    const position = this.#state.steps.findIndex((step) => step.id === id) + 1;
    return `[${String(position).padStart(total.length)}/${total}]`;
  }

  #indent(): string {
    return ' '.repeat(2 * String(this.#state.steps.length).length + 3);
  }

  #heldBack(id: string): string[] {
    const count = heldBack(this.#state, id);
    return count === 0 ? [] : [this.#style.dim(`${this.#indent()} … and ${plural(count, 'warning')} more of the same kind`)];
  }

  #outcome({ status, summary, ms }: StepState): string {
    const { green, red, yellow, dim } = this.#style;
    const words = { done: green('ok'), cached: green('ok, from last time'), failed: red('failed'), interrupted: yellow('interrupted'), skipped: dim('skipped') };
    const word = words[status as keyof typeof words];
    const time = status !== 'cached' && status !== 'skipped' ? dim(` (${formatDuration(ms)})`) : '';
    return `${word}${summary === '' ? '' : `  ${summary}`}${time}`;
  }
}

function progress({ done, total, note }: StepState): string {
  const counted = total === null ? '' : `${done} of ${total}`;
  return [counted, note].filter((part) => part !== null && part !== '').join(': ') || 'still at it';
}

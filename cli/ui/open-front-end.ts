import type { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { RunControl } from '../pipeline/run-control.ts';
import type { Format, FrontEnd } from './front-end.ts';
import { LineLog } from './lines.ts';
import { openSpokenLines } from './spoken-lines.ts';
import { createStyle, wantsColor } from './style.ts';

export interface FrontEndOptions {
  readonly format: Format;
  /** What is being done, for the head of the live screen. */
  readonly title: string;
  readonly quiet: boolean;
  /** The run that is shown, for wishes to it. */
  readonly control?: RunControl;
  /** False with `--no-input`: a step that fails ends the run. */
  readonly asks?: boolean;
  /** Lines instead of a screen that redraws itself. */
  readonly screenReader?: boolean;
}

/**
 * The front end that fits: events as JSON lines on stdout, a live screen where stderr and stdin are a terminal that can draw, lines with
 * questions in text there for those who read with their ears, plain lines on stderr everywhere else. Only the live screen loads React.
 */
export async function openFrontEnd(io: Io, interrupts: Interrupts, options: FrontEndOptions): Promise<FrontEnd> {
  if (options.format === 'jsonl') return { emit: (event) => void io.stdout.write(`${JSON.stringify(event)}\n`), close: async () => {} };
  if (options.quiet) return { emit: () => {}, close: async () => {} };
  const { title, control = new RunControl(), asks = true, screenReader = false } = options;
  if (canDraw(io, options.format) && !screenReader) {
    const { openLiveScreen } = await import('./ink/live-screen.tsx');
    return openLiveScreen(io, interrupts, { title, control, asks });
  }
  if (canDraw(io, options.format)) return openSpokenLines(io, interrupts, { control, asks });
  const log = new LineLog(createStyle(wantsColor(io.stderr, io.env)));
  return { emit: (event) => log.lines(event).forEach((line) => void io.stderr.write(`${line}\n`)), close: async () => {} };
}

/** A screen that redraws itself is only for a person at a terminal. */
export function canDraw({ stdin, stderr, env }: Pick<Io, 'stdin' | 'stderr' | 'env'>, format: Format): boolean {
  const inCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== '0' && env['CI'] !== 'false';
  return format === 'pretty' && stderr.isTTY === true && stdin.isTTY === true && !inCi && env['TERM'] !== 'dumb';
}

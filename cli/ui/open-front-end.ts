import type { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import type { Format, FrontEnd } from './front-end.ts';
import { LineLog } from './lines.ts';
import { createStyle, wantsColor } from './style.ts';

export interface FrontEndOptions {
  readonly format: Format;
  /** What is being done, for the head of the live screen. */
  readonly title: string;
  readonly quiet: boolean;
}

/**
 * The front end that fits: events as JSON lines on stdout, a live screen where stderr and stdin are a terminal that can draw, plain
 * lines on stderr everywhere else. Only the live screen loads React.
 */
export async function openFrontEnd(io: Io, interrupts: Interrupts, options: FrontEndOptions): Promise<FrontEnd> {
  if (options.format === 'jsonl') return { emit: (event) => void io.stdout.write(`${JSON.stringify(event)}\n`), close: async () => {} };
  if (options.quiet) return { emit: () => {}, close: async () => {} };
  if (canDraw(io, options.format)) {
    const { openLiveScreen } = await import('./ink/live-screen.tsx');
    return openLiveScreen(io, interrupts, options.title);
  }
  const log = new LineLog(createStyle(wantsColor(io.stderr, io.env)));
  return { emit: (event) => log.lines(event).forEach((line) => void io.stderr.write(`${line}\n`)), close: async () => {} };
}

/** A screen that redraws itself is only for a person at a terminal. */
export function canDraw({ stdin, stderr, env }: Pick<Io, 'stdin' | 'stderr' | 'env'>, format: Format): boolean {
  const inCi = env['CI'] !== undefined && env['CI'] !== '' && env['CI'] !== '0' && env['CI'] !== 'false';
  return format === 'pretty' && stderr.isTTY === true && stdin.isTTY === true && !inCi && env['TERM'] !== 'dumb';
}

import type { Io } from '../io.ts';
import { wantsScreenReader } from '../session.ts';
import type { Format } from '../ui/front-end.ts';
import { canDraw } from '../ui/open-front-end.ts';

/**
 * Whether these arguments ask for the app, and how it is shown: none of them at a terminal opens it on the screen, in lines where a screen reader is
 * announced; `--screen-reader` opens it in lines anywhere. Null where they mean something else, or nobody is there to answer.
 */
export function whichFace(args: readonly string[], io: Pick<Io, 'stdin' | 'stderr' | 'env'>): 'screen' | 'lines' | null {
  if (args.length === 1 && args[0] === '--screen-reader') return 'lines';
  if (args.length > 0 || !canDraw(io, (io.env['DYNO_FORMAT'] || 'pretty') as Format)) return null;
  return wantsScreenReader(io.env) ? 'lines' : 'screen';
}

import type { StepState } from '../ui-state.ts';
import { type Span, span } from './line.ts';

const TURNING = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

/** The sign of a step: another shape for each state, so that colours only add to it. */
export function mark({ status, leaving }: Pick<StepState, 'status' | 'leaving'>, frame = 0): Span {
  switch (status) {
    case 'waiting': return span('·', 'dim');
    case 'running': return leaving === null ? span(TURNING[frame % TURNING.length] as string, 'accent') : span('»', 'warn');
    case 'failed': return span('✗', 'bad');
    case 'interrupted': return span('■', 'warn');
    case 'skipped': return span('–', 'dim');
    case 'cached': return span('↺', 'good');
    case 'done': return span('✓', 'good');
  }
}

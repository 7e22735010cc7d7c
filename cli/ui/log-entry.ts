import type { DynoEvent } from '../../models/contracts/events.ts';
import { formatMs } from '../../reports/model/format.ts';
import { formatDuration } from './numbers.ts';
import { median } from './reduce-measures.ts';
import type { LogEntry, UiState } from './ui-state.ts';

/** The line that the log pane keeps of an event; null for events that come all the time. */
export function logEntryOf(state: UiState, event: DynoEvent): LogEntry | null {
  const entry = (text: string, level: LogEntry['level'] = 'info', device: string | null = null): LogEntry => ({ at: event.at, source: 'dyno', level, text, device });
  const titleOf = (id: string): string => state.steps.find((step) => step.id === id)?.title ?? id;
  switch (event.type) {
    case 'log':
      return { ...event.line, at: event.at };
    case 'step-started':
      return entry(`began: ${titleOf(event.id)}`);
    case 'step-finished':
      return entry(`${event.outcome}: ${titleOf(event.id)}${event.summary === '' ? '' : `, ${event.summary}`} (${formatDuration(event.ms)})`, event.outcome === 'failed' ? 'error' : 'info');
    case 'step-skipped':
      return entry(`leaving out: ${titleOf(event.id)}, ${event.reason}`);
    case 'step-retried':
      return entry(`once more: ${titleOf(event.id)}`);
    case 'question':
      return entry(`failed: ${titleOf(event.id)}, ${event.message}`, 'error');
    case 'device-stopped':
      return entry('taken out by hand', 'warn', event.device);
    case 'block':
      return entry(`${event.variant} on ${event.unit}: ${formatMs(median(event.block.samples))}${event.block.disturbed === undefined ? '' : `, disturbed: ${event.block.disturbed}`}`, 'info', event.device);
    case 'warning':
      return entry(event.text, 'warn');
    case 'device':
      return event.device.phase === 'lost' ? entry(event.device.note ?? 'lost', 'error', event.device.device) : null;
    case 'run-started':
    case 'step-progress':
    case 'candidate':
    case 'run-finished':
      return null;
  }
}

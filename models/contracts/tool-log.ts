import { channel } from 'node:diagnostics_channel';
import type { LogLine } from './events.ts';

const said = channel('npu-dyno:tool-log');

/** What programs call a device, and its selector. */
const selectors = new Map<string, string>();

/** Lines about `serial` are about the device of this selector from now on. */
export function nameInLog(serial: string, selector: string): void {
  selectors.set(serial, selector);
}

/** Some programs print whole files in one line. */
const LONGEST = 400;

/** Hands on what another program said, line by line, to whoever listens; costs nothing where nobody does. */
export function tellLog(source: string, level: LogLine['level'], text: string, device: string | null = null): void {
  if (!said.hasSubscribers) return;
  const named = device === null ? null : (selectors.get(device) ?? device);
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    said.publish({ source, level, text: line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line.trimEnd(), device: named } satisfies LogLine);
  }
}

/** Somebody reads what `tellLog` is told. */
export function isLogRead(): boolean {
  return said.hasSubscribers;
}

/** Calls `take` with every line until the function that it returns is called. */
export function listenToLog(take: (line: LogLine) => void): () => void {
  const onLine = (line: unknown): void => take(line as LogLine);
  said.subscribe(onLine);
  return () => void said.unsubscribe(onLine);
}

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { isLogRead, tellLog } from '../../models/contracts/tool-log.ts';

const POLL_MS = 1000;
const MOST_BYTES = 256 * 1024;
const MOST_LINES = 20;

/** Hands the notable lines of Appium's log on while somebody reads them: answers to requests, and complaints. The function returned ends it. */
export function followLog(file: string): () => void {
  let read = 0;
  const look = (): void => {
    const { text, end } = newText(file, read);
    read = end;
    if (!isLogRead()) return;
    for (const line of notable(text).slice(-MOST_LINES)) tellLog('appium', /\b[45]\d\d \d+ ms|error|exception/i.test(line) ? 'warn' : 'info', line);
  };
  const timer = setInterval(look, POLL_MS).unref();
  return () => clearInterval(timer);
}

/** `2026-11-21 14:45:19:341 [HTTP] <-- POST /session 200 13 ms - 800` without its time; requests, payloads and chatter are left out. */
function notable(text: string): string[] {
  return text.split('\n').filter((line) => /\] <-- |\b(?:error|exception|warn)\b/i.test(line)).map((line) => line.replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3} /, ''));
}

/** What was written since, up to the last whole line; of very much only the end. */
function newText(path: string, from: number): { text: string; end: number } {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return { text: '', end: from };
  }
  try {
    const size = fstatSync(file).size;
    const start = Math.max(from, size - MOST_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - start));
    readSync(file, bytes, 0, bytes.length, start);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    return { text: bytes.toString('utf8', 0, whole), end: start + whole };
  } finally {
    closeSync(file);
  }
}

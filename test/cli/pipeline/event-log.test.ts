import { appendFileSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EventLog } from '../../../cli/pipeline/event-log.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';

test('a resumed log loses the line that a kill tore, and nothing else', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'dyno-log-')), 'events.jsonl');
  const event = (text: string): DynoEvent => ({ type: 'warning', at: '2026-01-01T00:00:00.000Z', id: null, code: 'c', text, hint: null });
  const first = new EventLog(path);
  first.append(event('erste — «ü»'));
  first.close();
  appendFileSync(path, '{"type":"warning","at":"2026');
  const second = new EventLog(path);
  second.append(event('zweite'));
  second.append(event('dritte'));
  second.close();
  expect(
    readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { text: string }).text),
  ).toEqual(['erste — «ü»', 'zweite', 'dritte']);
});

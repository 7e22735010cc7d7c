import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { followLog } from '../../../device-harness/appium/log-tail.ts';
import { listenToLog, nameInLog, tellLog } from '../../../models/contracts/tool-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-log-'));
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(folder, { recursive: true, force: true });
});

const TIME = '2026-11-21 14:45:19:339';

test('answers and complaints are handed on line by line while somebody listens, payloads and chatter are not', () => {
  const file = join(folder, 'appium.log');
  const unfollow = followLog(file);
  vi.advanceTimersByTime(1000);
  writeFileSync(file, `${TIME} [HTTP] <-- POST /session 200 13 ms - 800\n`);
  vi.advanceTimersByTime(1000);
  const said: string[] = [];
  const silence = listenToLog(({ source, level, text }) => said.push(`${source} ${level} ${text}`));
  appendFileSync(file, `${TIME} [HTTP] --> POST /session/1 {"long": "payload"}\n${TIME} [HTTP] <-- POST /session/1 200 7 ms - 20\n${TIME} [Appium] Attempting to load\n${TIME} [HTTP] <-- GET /x 404 2 ms - 9\n${TIME} [AndroidDriver] Error: it went aw`);
  vi.advanceTimersByTime(1000);
  expect(said).toEqual(['appium info [HTTP] <-- POST /session/1 200 7 ms - 20', 'appium warn [HTTP] <-- GET /x 404 2 ms - 9']);
  appendFileSync(file, 'ay\n');
  vi.advanceTimersByTime(1000);
  expect(said.at(-1)).toBe('appium warn [AndroidDriver] Error: it went away');
  unfollow();
  appendFileSync(file, `${TIME} [HTTP] <-- DELETE /session/1 200 7 ms - 20\n`);
  vi.advanceTimersByTime(5000);
  expect(said).toHaveLength(3);
  silence();
});

test('of a flood the last lines come, and of a long line its beginning', () => {
  const file = join(folder, 'appium.log');
  const said: string[] = [];
  const silence = listenToLog(({ text }) => said.push(text));
  const unfollow = followLog(file);
  writeFileSync(file, Array.from({ length: 5000 }, (_, i) => `${TIME} [HTTP] <-- GET /${i} 200 1 ms - 2${'x'.repeat(500)}\n`).join(''));
  vi.advanceTimersByTime(1000);
  expect(said).toHaveLength(20);
  expect(said.at(-1)).toMatch(/^\[HTTP\] <-- GET \/4999 200 1 ms .*…$/);
  expect(said.at(-1)).toHaveLength(401);
  unfollow();
  silence();
});

test('what is told in several lines is heard in as many, and by nobody after the silence', () => {
  const heard: (string | null)[] = [];
  tellLog('adb', 'info', 'too early');
  const silence = listenToLog(({ text, device }) => heard.push(text, device));
  tellLog('adb', 'warn', 'one\r\n\n  two  \n', 'R5');
  silence();
  tellLog('adb', 'info', 'too late');
  expect(heard).toEqual(['one', 'R5', '  two', 'R5']);
});

test('a device that programs call by its serial is called by its selector once that is known', () => {
  const heard: (string | null)[] = [];
  const silence = listenToLog(({ device }) => heard.push(device));
  tellLog('adb', 'info', 'before', '127.0.0.1:4000');
  nameInLog('127.0.0.1:4000', 'virtual:SM8550');
  tellLog('adb', 'info', 'after', '127.0.0.1:4000');
  silence();
  expect(heard).toEqual(['127.0.0.1:4000', 'virtual:SM8550']);
});

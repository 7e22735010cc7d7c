import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockFolder } from '../../../cli/pipeline/lock.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const leave = (owner: unknown): void => writeFileSync(join(folder, 'lock'), typeof owner === 'string' ? owner : JSON.stringify(owner));

test('a folder is taken once, and free again after that', () => {
  const unlock = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(`in use by process ${process.pid}`);
  unlock();
  lockFolder(folder)();
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

test('the lock of a dead process, or a torn one, is taken over', () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  leave({ pid: dead, host: hostname() });
  lockFolder(folder)();
  leave('{"pi');
  lockFolder(folder)();
});

test('a lock from another machine is respected, for nobody here can tell', () => {
  leave({ pid: 1, host: `not-${hostname()}` });
  expect(() => lockFolder(folder)).toThrow(`process 1 on not-${hostname()}`);
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';

/** A fresh folder for every test of the file that calls this; all go at the end. Returns the path builder. */
export function temporaryFolder(): (...path: string[]) => string {
  const root = mkdtempSync(join(tmpdir(), 'dyno-test-'));
  let folder = root;
  beforeEach(() => {
    folder = mkdtempSync(join(root, 't-'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return (...path) => join(folder, ...path);
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { hostileModels } from '../support/hostile-models.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { runCli } from '../support/run-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Every command ends by itself with an answer, whatever the model does to the libraries below. */
describe.skipIf(!htpToolchain)(`a command for each hostile model${htpMissing}`, () => {
  test.each(hostileModels(folder))('$name', async ({ path }) => {
    for (const args of [['check', path, '-t', 'htp:SM8550', '--json'], ['compile', path, '-t', 'htp:SM8650', '-o', join(folder, 'out')], ['inspect', path]]) {
      const { code, signal, stdout, stderr } = await runCli(args, { env: { DYNO_JOB_MEMORY: '2GiB' } });
      expect([signal, [0, 1, 2].includes(code as number)]).toEqual([null, true]);
      expect(stderr).not.toContain('should not');
      expect(stdout + stderr).not.toBe('');
    }
  }, 300_000);
});

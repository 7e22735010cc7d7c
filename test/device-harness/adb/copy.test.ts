import { chmodSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Adb } from '../../../device-harness/adb/adb.ts';
import { LinkLostError } from '../../../device-harness/adb/link-lost.ts';
import { ExternalError, UserError } from '../../../models/contracts/errors.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const path = temporaryFolder();

/** A program that ends as adb was seen to end. */
function ending(code: number, stdout: string, stderr: string): Adb {
  const program = path('adb');
  writeFileSync(program, `#!/bin/sh\nprintf '%s' '${stdout}'\nprintf '%s' '${stderr}' >&2\nexit ${code}\n`);
  chmodSync(program, 0o755);
  return new Adb({ program });
}

describe('a copy that fails', () => {
  test.each([
    ['after its progress alone, because its server was killed', '[ 50%] /data/a\r[100%] /data/a', '', LinkLostError],
    ['without a word', '', '', LinkLostError],
    ['because the phone went away', '[ 50%] /data/a', 'adb: error: failed to read copy response', LinkLostError],
    ['because the phone is full', '', 'adb: error: failed to copy: remote write failed: No space left on device', UserError],
    ['for a reason of its own', '', 'adb: error: cannot stat /data/b: No such file or directory', ExternalError],
  ])('%s', async (_, stdout, stderr, kind) => {
    const adb = ending(1, stdout, stderr);
    for (const copy of [() => adb.pull('serial', '/data/a', path('a')), () => adb.push('serial', path('a'), '/data/a')]) {
      const error = await copy().then(() => null, (thrown: Error) => thrown);
      expect(error?.constructor).toBe(kind);
    }
  });
});

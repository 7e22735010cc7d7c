import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { UserError } from '../../../models/contracts/errors.ts';
import { sha256File } from '../../../models/onnx/index.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();

/** FIPS 180-4 example values (NIST: SHA_All.pdf); the million is its long message. */
it.each([
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('the published digests', async (content, digest) => {
  writeFileSync(at('f'), content);
  expect(await sha256File(at('f'))).toBe(digest);
});

it('several blocks are as one', async () => {
  writeFileSync(at('f'), Buffer.alloc(3 * 2 ** 20 + 1, 'ab'));
  writeFileSync(at('g'), Buffer.alloc(3 * 2 ** 20 + 1, 'ab'));
  expect(await sha256File(at('f'))).toBe(await sha256File(at('g')));
});

it('a missing file is the user\u2019s to mend', async () => {
  await expect(sha256File(at('none'))).rejects.toBeInstanceOf(UserError);
});

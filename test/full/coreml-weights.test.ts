import { afterAll, expect, test } from 'vitest';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { FURTHER, problemsOf } from '../converters/coreml/compress/weight-forms.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const toolchain = openCoremlToolchain();
afterAll(async () => {
  if (!(toolchain instanceof Error)) await toolchain.close();
});

test.skipIf(toolchain instanceof Error).each(FURTHER)('weights of every operation as %s for %s are stored as they were meant', async (...form) => {
  if (toolchain instanceof Error) throw toolchain;
  expect(await problemsOf(toolchain, temporary('model.mlpackage'), form)).toEqual([]);
}, 480_000);

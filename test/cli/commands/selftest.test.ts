import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { RULES } from '../../../converters/rules/catalog.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

test('the list names every rule of the Neural Engine once', async () => {
  const { code, stdout } = await runCli(['selftest', '--list', '--json']);
  const { probes, unprobed } = JSON.parse(stdout) as { probes: { rule: string }[]; unprobed: Record<string, string> };
  expect(code).toBe(0);
  expect([...probes.map(({ rule }) => rule), ...Object.keys(unprobed)].sort()).toEqual(RULES.map(({ id }) => id).filter((id) => id.startsWith('ane/')).sort());
  expect((await runCli(['selftest', '--list'])).stdout).toMatch(/The rule holds where the compute plan offers[\s\S]*ane\/kernel-width .*Convolution kernel too wide \(conv\)/);
});

test('without a device it says what there is; a folder that holds something is left alone', async () => {
  const bare = await runCli(['selftest']);
  expect([bare.code, bare.stderr]).toEqual([2, expect.stringMatching(/Which device[\s\S]*--device virtual:A15[\s\S]*--list[\s\S]*--write/)]);
  mkdirSync(temporary('full'));
  writeFileSync(temporary('full', 'a'), '');
  const { code, stderr } = await runCli(['selftest', '--write', temporary('full')]);
  expect([code, stderr]).toEqual([2, expect.stringMatching(/is not empty/)]);
});

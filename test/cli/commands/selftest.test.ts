import { mkdirSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { SelftestAnswer } from '../../../cli/work/selftest-device.ts';
import { RULES } from '../../../converters/rules/catalog.ts';
import { driversMissing } from '../../device-harness/devices/iphone/phone-lab.ts';
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

test('what is no iPhone, no unit and no name of a probe is told before a phone is opened', async () => {
  const said = async (...args: string[]): Promise<unknown> => {
    const { code, stderr } = await runCli(['selftest', ...args]);
    return [code, stderr];
  };
  expect(await said('--device', 'virtual:SM8650')).toEqual([2, expect.stringContaining('is no iPhone')]);
  expect(await said('--device', 'virtual:A15', '--units', 'htp')).toEqual([2, expect.stringContaining('no unit "htp"')]);
  expect(await said('--device', 'virtual:A15', '--only', 'silu,ane/nothing')).toEqual([2, expect.stringMatching(/"ane\/nothing" is no rule[\s\S]*Golden cases are: conv_/)]);
});

test.skipIf(driversMissing)('golden cases run on a virtual iPhone below the real driver (needs dyno setup phones)', async () => {
  const { code, stdout } = await runCli(['selftest', '--device', 'virtual:"iPhone 16 Pro"', '--only', 'silu,conv_group_dilation', '--units', 'cpu,ane', '--json']);
  const { device, simulated, rules, golden } = JSON.parse(stdout) as SelftestAnswer;
  expect([code, device, simulated, rules]).toEqual([0, 'virtual:"iPhone 16 Pro"', true, []]);
  expect(golden.map(({ name, agrees }) => [name, agrees]).sort()).toEqual([['conv_group_dilation', true], ['silu', true]]);
  for (const { units } of golden) expect([units['cpu']?.preferred, units['cpu']?.outputs === 'equal' || (units['cpu']?.db ?? 0) > 90]).toEqual(['cpu', true]);
}, 60_000);

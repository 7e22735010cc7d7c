import { expect, test } from 'vitest';
import { RULES } from '../../converters/rules/catalog.ts';
import { PROBES } from '../../converters/coreml/probes/catalog.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import type { SelftestAnswer } from '../../cli/work/selftest-device.ts';
import { driversMissing } from '../device-harness/devices/iphone/phone-lab.ts';
import { runCli } from '../support/run-cli.ts';

const skip = openCoremlToolchain() instanceof Error || driversMissing;
/** Severities for which the stand-in's plan keeps an operation off the Neural Engine. */
const LEAVES = new Set(['blocks-conversion', 'blocks-unit', 'splits-graph']);

/** A virtual phone plans by the rules: what is not confirmed there is a probe or a judgement that does not work. */
test.skipIf(skip)('all rules and golden cases are put to a virtual iPhone (needs dyno setup python and phones)', async () => {
  const { code, stdout, stderr } = await runCli(['selftest', '--device', 'virtual:A15', '--units', 'cpu,ane', '--json']);
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const { simulated, rules, golden } = JSON.parse(stdout) as SelftestAnswer;
  expect(simulated).toBe(true);
  expect(rules.map(({ rule }) => rule)).toEqual(PROBES.map(({ rule }) => rule));
  expect(golden.filter(({ agrees }) => !agrees)).toEqual([]);
  expect(golden.length).toBe(65);
  expect(golden.every(({ units }) => units['cpu']?.outputs === 'equal' || (units['cpu']?.db ?? 0) > 90)).toBe(true);
  const silent = rules.filter(({ units }) => Object.values(units).some(({ failure }) => failure !== null)).map(({ rule, units }) => `${rule}: ${units['ane']?.failure}`);
  expect(silent).toEqual([]);
  const leaving = rules.filter(({ rule, asks, why }) => asks === 'placement' && LEAVES.has(RULES.find(({ id }) => id === rule)?.severity ?? '') && !why.startsWith('the rule does not speak of'));
  expect(leaving.filter(({ verdict }) => verdict !== 'confirmed').map(({ rule, verdict, why }) => `${rule} ${verdict}: ${why}`)).toEqual([]);
}, 900_000);

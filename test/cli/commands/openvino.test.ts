import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkExecutors } from '../../../cli/work/quality-executors.ts';
import { checkDevices } from '../../../cli/work/open-devices.ts';
import { fixture } from '../../support/paths.ts';
import { runCli } from '../../support/run-cli.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

test('not installed: quality ends with exit 2 and how to get it; doctor says that only some commands miss it', async () => {
  const env = { DYNO_CACHE: temporary('empty') };
  mkdirSync(temporary('pictures'), { recursive: true });
  const scored = await runCli(['quality', fixture('exports', 'plain_clip_x2_op17.onnx'), '-d', temporary('pictures'), '--on', 'openvino'], { env });
  expect([scored.code, scored.stderr.includes('OpenVINO is not installed here.'), scored.stderr.includes('dyno setup openvino')]).toEqual([2, true, true]);
  const { code, stdout } = await runCli(['doctor', 'openvino', '--json'], { env });
  expect([code, JSON.parse(stdout)]).toMatchObject([0, { ok: true, checks: [{ title: 'OpenVINO', state: 'optional', fix: expect.stringContaining('dyno setup openvino') }] }]);
});

test('selectors: one executor for each device, whatever it is called; what is none is refused by name', () => {
  expect(checkExecutors(['host', 'openvino', 'openvino:cpu', 'openvino:GPU.1'])).toMatchObject({ withHost: true, openvino: ['CPU', 'GPU.1'] });
  expect(() => checkExecutors(['openvino:TPU'])).toThrow('"openvino:TPU" is not a device.');
});

test('units are looked at before anything is measured', () => {
  const check = (on: readonly string[], units: readonly string[]): void => checkDevices({ on: [...on], units: [...units] }, {});
  check(['host', 'openvino', 'openvino:NPU'], ['cpu:2', 'npu']);
  check(['openvino'], ['cpu:all:bf16']);
  expect(() => check(['host', 'openvino'], ['gpu'])).toThrow('has no unit "gpu"');
  expect(() => check(['host'], ['cpu:1:bf16'])).toThrow('has no unit');
  expect(() => check(['openvino:VPU'], [])).toThrow('is not a device');
});

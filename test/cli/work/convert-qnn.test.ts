import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { chainOf, type QnnFlags, refuseForeignFlags, timeLimitMs } from '../../../cli/work/convert-qnn-flags.ts';
import { readyConversion } from '../../../cli/work/convert-qnn.ts';
import { DEFAULTS } from '../../../cli/config/defaults.ts';
import type { Config } from '../../../cli/config/config.ts';
import { findSdk, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { makeVirtualSdk } from '../../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { buildModel, toBytes } from '../../support/build-model.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

const FLAGS: QnnFlags = { precision: 'fp16', form: 'context-binary', timeLimit: '60' };

async function ready(flags: Partial<QnnFlags>, config: Partial<Config> = {}): ReturnType<typeof readyConversion> {
  const path = temporary('open.onnx');
  writeFileSync(path, toBytes(buildModel({ inputs: { x: ['float32', [1, 'N']], fixed: ['float32', [4]] }, outputs: { y: ['float32', [1, 'N']] }, nodes: [['Relu', ['x'], ['y']]] })));
  makeVirtualSdk(temporary('sdk'), { version: '2.40.0.1', hexagon: [73] });
  const settings = { ...(DEFAULTS as unknown as Config), ...config, phone: { ...DEFAULTS.phone, sdk: temporary('sdk') } } as Config;
  return readyConversion({ ref: { id: 'open', path }, out: temporary('out'), flags: { ...FLAGS, ...flags }, config: settings, cwd: temporary(), env: { PATH: process.env['PATH'] }, signal: new AbortController().signal, progress: () => undefined });
}

describe('flags', () => {
  test('of the other format are named', () => {
    expect(() => refuseForeignFlags({ weights: 'int8', hoistInput: true }, 'qnn')).toThrow('--weights, --hoist-input: only with --to coreml.');
    expect(() => refuseForeignFlags({ precision: 'fp16', sdk: '/x' }, 'coreml')).toThrow('--sdk: only with --to qnn.');
    expect(() => refuseForeignFlags({ precision: 'w4a8' }, 'coreml')).toThrow(/--precision w4a8/);
    refuseForeignFlags({ precision: 'w8a8', chain: 'qnn', form: 'dlc' }, 'qnn');
  });

  test('a limit of time', () => {
    expect(timeLimitMs('0.5')).toBe(30_000);
    for (const text of ['soon', '0', '-1', 'Infinity']) expect(() => timeLimitMs(text)).toThrow(/no number of minutes/);
  });

  test('the chain: as asked, as in the config, else the newer where it makes the form', () => {
    makeVirtualSdk(temporary('sdk'), { version: '2.40.0.1' });
    const sdk = findSdk(temporary('sdk'), {}) as QnnSdk;
    const config = (chain: 'compiler' | 'qnn' | 'qairt') => ({ phone: { ...DEFAULTS.phone, chain } }) as Config;
    expect(chainOf({ ...FLAGS, chain: 'qnn' }, config('qairt'), sdk)).toBe('qnn');
    expect(chainOf(FLAGS, config('qnn'), sdk)).toBe('qnn');
    expect(chainOf(FLAGS, config('compiler'), sdk)).toBe('qairt');
    expect(chainOf({ ...FLAGS, form: 'model-library' }, config('compiler'), sdk)).toBe('qnn');
    expect(chainOf(FLAGS, config('compiler'), { ...sdk, tools: ['qnn-onnx-converter'] })).toBe('qnn');
  });
});

describe('before any tool runs', () => {
  test('open sizes: the flag that gives them; given ones are passed on, fixed ones are not', async () => {
    await expect(ready({})).rejects.toMatchObject({ message: expect.stringMatching(/static shapes only; open: "x"/), nextSteps: ['Give sizes, such as --static x=1x128'] });
    const { conversion, close } = await ready({ static: ['x=1x7'] });
    close();
    expect([...conversion.shapes]).toEqual([['x', [1, 7]]]);
  });

  test('libraries for phones of that Hexagon version are not in this SDK', async () => {
    const { notes, close } = await ready({ static: ['x=1x7'] }, { targets: ['htp:SM8650'] });
    close();
    expect(notes).toEqual([expect.stringMatching(/no libraries for Hexagon v75 \(only v73\)/)]);
  });

  test('two chips, no NDK, a Python that does not start', async () => {
    await expect(ready({ python: '/nowhere/python' })).rejects.toThrow(/--python is \/nowhere\/python, which does not start/);
    await expect(ready({}, { targets: ['htp:SM8550', 'htp:SM8650'] })).rejects.toThrow(/a context for one chip/);
    await expect(ready({ form: 'model-library' })).rejects.toThrow(/compiled with the Android NDK/);
  });
});

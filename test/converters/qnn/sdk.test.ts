import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { dataTypeNamed, dataTypeOf, rawType } from '../../../converters/qnn/data-types.ts';
import { runtimeFiles } from '../../../converters/qnn/runtime-files.ts';
import { compareVersions, findSdk, type QnnSdk, toolPath } from '../../../converters/qnn/sdk.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

/** A folder laid out as an installed SDK is (reference: QNN documentation, setup). */
function install(name: string, version: string, files: readonly string[]): string {
  const root = temporary(name);
  for (const file of ['include/QNN/QnnTypes.h', ...files]) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), '');
  }
  mkdirSync(join(root, 'lib'), { recursive: true });
  writeFileSync(join(root, 'sdk.yaml'), `name: qairt\nversion: ${version}\n`);
  return root;
}

const ANDROID = ['bin/aarch64-android/qnn-net-run', ...['System', 'Htp', 'HtpV75Stub', 'HtpPrepare', 'Gpu'].map((name) => `lib/aarch64-android/libQnn${name}.so`), 'lib/hexagon-v75/unsigned/libQnnHtpV75Skel.so'];

describe('the SDK that is used', () => {
  test('the one named wins, then QAIRT_SDK_ROOT, then QNN_SDK_ROOT', () => {
    const [a, b, c] = ['2.30.0.1', '2.31.0.2', '2.32.0.3'].map((version, i) => install(`sdk${i}`, version, ['bin/x86_64-linux-clang/qnn-onnx-converter'])) as [string, string, string];
    const environment = { QAIRT_SDK_ROOT: b, QNN_SDK_ROOT: c };
    expect(findSdk(a, environment)).toMatchObject({ root: a, from: '--sdk', version: '2.30.0.1' });
    expect(findSdk(null, environment)).toMatchObject({ root: b, from: 'QAIRT_SDK_ROOT' });
    expect(findSdk(null, { QNN_SDK_ROOT: c })).toMatchObject({ root: c, from: 'QNN_SDK_ROOT' });
    expect(() => findSdk(temporary('nothing'), environment)).toThrow(/--sdk .* holds no QNN or QAIRT SDK/);
  });

  test('the newest of the usual folders', () => {
    install('home/qairt/2.9.0.250101', '2.9.0.250101', ['bin/.keep']);
    const newest = install('home/qairt/2.37.0.250724', '2.37.0.250724', ['bin/.keep']);
    expect(findSdk(null, { HOME: temporary('home') })?.root).toBe(newest);
  });

  test('versions and builds in order', () => {
    expect(compareVersions('2.9.0', '2.37.0')).toBeLessThan(0);
    expect(compareVersions('v2.51.0.260929181845', '2.51.0.260929')).toBe(0);
    expect(compareVersions('2.37.0.250724', '2.37.0.250101')).toBeGreaterThan(0);
  });

  test('a tool that is not there', () => {
    expect(() => toolPath({ root: '/x', from: '', version: null, host: 'x86_64-linux-clang', tools: [], hexagon: [], android: false }, 'qairt-converter')).toThrow('has no qairt-converter');
  });
});

describe('what a phone needs beside the model', () => {
  const sdk = (): QnnSdk => findSdk(install('phone', '2.37.0.250724', ANDROID), {}) as QnnSdk;
  const names = (request: Parameters<typeof runtimeFiles>[1]): string[] => runtimeFiles(sdk(), request).map(({ name }) => name);

  test('a context binary needs no compiler on the phone, a model library does', () => {
    const context = names({ backend: 'htp', form: 'context-binary', hexagon: 75, config: false });
    expect(context).toEqual(['qnn-net-run', 'libQnnSystem.so', 'libQnnHtp.so', 'libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so']);
    expect(names({ backend: 'htp', form: 'model-library', hexagon: 75, config: false })).toEqual([...context, 'libQnnHtpPrepare.so']);
    expect(names({ backend: 'gpu', form: 'model-library', hexagon: null, config: false })).toEqual(['qnn-net-run', 'libQnnSystem.so', 'libQnnGpu.so']);
  });

  test('what the SDK lacks is named, with the versions that have it', () => {
    expect(() => names({ backend: 'htp', form: 'context-binary', hexagon: 79, config: true })).toThrow(/lacks libQnnHtpV79Stub.so, libQnnHtpV79Skel.so, libQnnHtpNetRunExtensions.so/);
  });
});

describe('data types', () => {
  test.each([[1032, 'ufixed-8', 'uint8'], [534, 'float16', 'float16'], [818, 'sfixed-32', 'int32'], [1288, 'bool8', 'uint8']] as const)('%i is %s', (code, type, raw) => {
    expect(dataTypeOf(code)).toBe(type);
    expect(rawType(type)).toBe(raw);
  });

  test('names of execution_metadata.yaml', () => {
    expect([dataTypeNamed('QNN_DATATYPE_UFIXED_POINT_8'), dataTypeNamed('QNN_DATATYPE_FLOAT_32'), dataTypeNamed('QNN_DATATYPE_NONE')]).toEqual(['ufixed-8', 'float32', null]);
  });
});

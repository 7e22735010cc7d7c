import { mkdirSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { findClang, findLibcxx, findNdk } from '../../../converters/qnn/build-tools.ts';
import { findSdkPython, neededPython } from '../../../converters/qnn/sdk-python.ts';
import { findSdk, type QnnSdk } from '../../../converters/qnn/sdk.ts';
import { makeVirtualSdk } from '../../../device-harness/virtual/qnn-sdk/make-sdk.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

/** An SDK whose libraries are for this Python; null for one that does not say. */
function sdkFor(digits: string | null): QnnSdk {
  makeVirtualSdk(temporary('sdk'), { version: '2.40.0.1' });
  const folder = temporary('sdk/lib/python/qti/aisw/converters/common/linux-x86_64');
  mkdirSync(folder, { recursive: true });
  if (digits !== null) writeFileSync(`${folder}/libPyIrGraph${digits}.so`, '');
  return findSdk(temporary('sdk'), {}) as QnnSdk;
}

/** Programs that answer the question for version and packages as a Python would. */
function pythons(all: Readonly<Record<string, readonly [minor: string, missing: readonly string[]]>>): { PATH: string } {
  mkdirSync(temporary('bin'), { recursive: true });
  for (const [name, [minor, missing]] of Object.entries(all)) {
    writeFileSync(temporary('bin', name), `#!/bin/sh\necho '${JSON.stringify([`/usr/bin/${name}`, minor, missing])}'\n`, { mode: 0o755 });
  }
  return { PATH: `${temporary('bin')}:/usr/bin:/bin` };
}

describe.skipIf(process.platform === 'win32')('the Python of the SDK', () => {
  test('is the one that its libraries are built for', async () => {
    expect([null, '38', '310'].map((digits) => neededPython(sdkFor(digits)))).toEqual([null, '3.8', '3.10']);
    const env = pythons({ 'python3': ['3.12', []], 'python3.10': ['3.10', ['onnx']] });
    expect(await findSdkPython(sdkFor('310'), null, env)).toEqual({ executable: '/usr/bin/python3.10', minor: '3.10', from: 'python3.10', missing: ['onnx'] });
  });

  test('named ones win, whatever their version', async () => {
    const env = pythons({ 'python3.10': ['3.10', []], other: ['3.12', []] });
    expect(await findSdkPython(sdkFor('310'), temporary('bin/other'), env)).toMatchObject({ minor: '3.12', from: '--python' });
    expect(await findSdkPython(sdkFor('310'), null, { ...env, DYNO_QNN_PYTHON: temporary('bin/other') })).toMatchObject({ minor: '3.12', from: 'DYNO_QNN_PYTHON' });
  });

  test('none that fits: what was seen, and how to make one', async () => {
    pythons({ python3: ['3.12', []], python: ['3.11', []] });
    await expect(findSdkPython(sdkFor('38'), null, { PATH: temporary('bin') })).rejects.toMatchObject({
      message: expect.stringMatching(/needs Python 3\.8, and there is none on the path \(python3 is Python 3\.12, python is Python 3\.11\)/), nextSteps: [expect.stringContaining('python3.8 -m venv')],
    });
  });
});

test('NDK, clang and libc++ where they are', () => {
  mkdirSync(temporary('ndk'));
  writeFileSync(temporary('ndk/source.properties'), 'Pkg.Revision = 27.0.12077973\n');
  expect(findNdk({ ANDROID_NDK_ROOT: temporary('ndk') })).toEqual({ root: temporary('ndk'), revision: '27.0.12077973', documented: false });
  writeFileSync(temporary('ndk/source.properties'), 'Pkg.Revision = 26.3.11579264\n');
  expect([findNdk({ ANDROID_NDK_ROOT: temporary('ndk') })?.documented, findNdk({ ANDROID_NDK_ROOT: '/nowhere' }), findNdk({})]).toEqual([true, null, null]);
  mkdirSync(temporary('tools'));
  for (const name of ['clang++', 'libc++.so.1']) writeFileSync(temporary('tools', name), '');
  expect([findClang({ PATH: `/nowhere:${temporary('tools')}` }), findClang({ PATH: '/nowhere' })]).toEqual([temporary('tools', 'clang++'), null]);
  expect(findLibcxx({ LD_LIBRARY_PATH: temporary('tools') })).toBe(temporary('tools', 'libc++.so.1'));
});

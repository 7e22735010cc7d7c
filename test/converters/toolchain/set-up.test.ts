import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { environmentFolder, findEnvironment, readReady } from '../../../converters/toolchain/environment.ts';
import { findPython, setUpPython } from '../../../converters/toolchain/index.ts';
import { installerEnvironment } from '../../../converters/toolchain/installer.ts';
import { openVinoRequirements, type Requirements, vendorRequirements } from '../../../converters/toolchain/requirements.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();
const { python } = await findPython();

/** The process of a lock that nobody holds any more: PIDs of Linux end at 2²². */
const DEAD = 2 ** 22 + 1;

/** Wheels with one module each, made by Python's own zipfile; prints the hash. */
const MAKE_WHEEL = `
import base64, hashlib, sys, zipfile
folder, name, version, module, code, *needs = sys.argv[1:]
info = f"{name}-{version}.dist-info"
files = {f"{module}.py": code, f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n" + "".join(f"Requires-Dist: {need}\\n" for need in needs), f"{info}/WHEEL": "Wheel-Version: 1.0\\nGenerator: test\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
rows = [f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b'=').decode()},{len(text)}" for path, text in files.items()]
files[f"{info}/RECORD"] = "\\n".join([*rows, f"{info}/RECORD,,"]) + "\\n"
path = f"{folder}/{name}-{version}-py3-none-any.whl"
with zipfile.ZipFile(path, "w") as wheel:
    for name, text in files.items(): wheel.writestr(name, text)
print(hashlib.sha256(open(path, "rb").read()).hexdigest())
`;

describe.skipIf(!python)('setting up, from wheels of the test\'s own', () => {
  /** Requirements of which `code` is what importing the module does; null is a package that the index does not have. */
  function index(packages: Readonly<Record<string, string | null>>, base = vendorRequirements()): { environment: NodeJS.ProcessEnv; requirements: Requirements } {
    const wheels = temporary('wheels');
    mkdirSync(wheels, { recursive: true });
    const lines = Object.entries(packages).map(([name, code]) => {
      const made = code === null ? 'a'.repeat(64) : execFileSync(python?.executable as string, ['-c', MAKE_WHEEL, wheels, name, '7.7', name, code, ...(base.closed ? ['openvino-telemetry'] : [])], { encoding: 'utf8' }).trim();
      return `${name}==7.7 \\\n    --hash=sha256:${made}\n`;
    });
    const file = temporary('requirements.txt');
    writeFileSync(file, lines.join(''));
    const { PIP_INDEX_URL: _index, ...environment } = process.env;
    return { requirements: { ...base, file }, environment: { ...environment, DYNO_CACHE: temporary('cache'), PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, DYNO_PYTHON: python?.executable } };
  }

  test('of two at once one works; what a killed one left, its lock too, is taken over', async () => {
    const options = index({ adbutils: 'here = True' });
    const folder = environmentFolder(python?.minor as string, options.environment, options.requirements);
    mkdirSync(join(folder, 'lib'), { recursive: true });
    writeFileSync(`${folder}.lock`, JSON.stringify({ pid: DEAD, host: (await import('node:os')).hostname() }));
    const notes: string[] = [];
    const both = await Promise.all([0, 1].map(() => setUpPython({ ...options, progress: (note) => notes.push(note) })));
    expect(both.map((one) => one.packages['adbutils'])).toEqual(['7.7', '7.7']);
    expect(both[0]?.folder).toBe(folder);
    expect(notes.filter((note) => note.startsWith('importing')).length).toBe(1);
    expect(notes.some((note) => note.startsWith('waiting for another set-up'))).toBe(true);
    expect(readdirSync(temporary('cache'))).toEqual([folder.split('/').at(-1)]);
    expect(findEnvironment(options.environment, options.requirements)?.packages).toMatchObject({ adbutils: '7.7' });
    expect(readReady(folder)).not.toBeNull();
  });

  test('what has no wheel for the platform is left out where the rest does without; a library that cannot be imported is named, and nothing stays', async () => {
    const options = index({ 'onnxruntime-qnn': null, adbutils: 'raise OSError("libstdc++.so.6: version GLIBCXX_3.4.99 not found")' });
    await expect(setUpPython(options)).rejects.toMatchObject({ message: expect.stringContaining('cannot import adbutils'), output: expect.stringContaining('GLIBCXX_3.4.99') });
    expect(readdirSync(temporary('cache'))).toEqual([]);
  });

  test('what is needed and has no wheel: said, and nothing stays', async () => {
    const options = index({ numpy: null });
    await expect(setUpPython(options)).rejects.toMatchObject({ message: expect.stringContaining('no wheel'), output: expect.stringContaining('numpy==7.7') });
    expect(readdirSync(temporary('cache'))).toEqual([]);
  });

  test('OpenVINO\'s own environment: beside the other, without what its packages ask for and the file leaves out', async () => {
    const options = index({ openvino: 'here = True' }, openVinoRequirements());
    const { folder, packages } = await setUpPython(options);
    expect([/cache\/(\w+)-3/.exec(folder)?.[1], Object.keys(packages)]).toEqual(['openvino', ['openvino']]);
    expect(findEnvironment({ ...options.environment, DYNO_PYTHON_ENV: temporary('none') }, options.requirements)?.folder).toBe(folder);
  });

  test('interrupted: the reason comes back and nothing stays', async () => {
    const options = index({ adbutils: 'here = True' });
    const controller = new AbortController();
    const started = setUpPython({ ...options, signal: controller.signal, progress: () => setTimeout(() => controller.abort(new Error('enough')), 100) });
    await expect(started).rejects.toThrow('enough');
    expect(readdirSync(temporary('cache'))).toEqual([]);
  });
});

test.skipIf(process.platform === 'win32').each(['3.10.13', '3.14.0'])('Python %s does not fit: what was tried, what is needed', async (version) => {
  const stub = temporary('python');
  writeFileSync(stub, `#!/bin/sh\necho '["${stub}", "${version}"]'\n`, { mode: 0o755 });
  const attempt = setUpPython({ environment: { ...process.env, DYNO_PYTHON: stub, DYNO_CACHE: temporary('cache') } });
  await expect(attempt).rejects.toThrow(`${stub} is Python ${version}. Needed is 3.11, 3.12 or 3.13.`);
  expect(existsSync(temporary('cache'))).toBe(false);
});

test('an environment whose Python has gone is none', () => {
  const environment = { DYNO_CACHE: temporary('cache') };
  const folder = environmentFolder('3.12', environment);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ready.json'), '{"numpy":"2.4.6"}');
  expect(findEnvironment(environment)).toBeNull();
});

test('settings for pip hold for uv; those that uv has of its own come first', () => {
  expect(installerEnvironment({ PIP_INDEX_URL: 'https://mirror/simple', PIP_CERT: '/ca.pem', HTTPS_PROXY: 'http://proxy:1', PYTHONPATH: '/mine' }))
    .toEqual({ PIP_INDEX_URL: 'https://mirror/simple', PIP_CERT: '/ca.pem', HTTPS_PROXY: 'http://proxy:1', PIP_USER: '0', UV_DEFAULT_INDEX: 'https://mirror/simple', SSL_CERT_FILE: '/ca.pem' });
  expect(installerEnvironment({ PIP_INDEX_URL: 'https://a', UV_DEFAULT_INDEX: 'https://b' })['UV_DEFAULT_INDEX']).toBe('https://b');
});

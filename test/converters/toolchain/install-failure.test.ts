import { expect, test } from 'vitest';
import { installFailure, packageWithoutWheel } from '../../../converters/toolchain/install-failure.ts';
import { vendorRequirements } from '../../../converters/toolchain/requirements.ts';

/** As the installers said it: pip 23.2 to 26, uv 0.13.9, venv of Debian 12. */
const SAID: readonly (readonly [name: string, output: string, words: string, without: string | null])[] = [
  ['pip, no network', `WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by 'NewConnectionError('<pip._vendor.urllib3.connection.HTTPConnection object at 0x7f>: Failed to establish a new connection: [Errno 111] Connection refused')': /simple/adbutils/
ERROR: Could not find a version that satisfies the requirement adbutils==2.12.0 (from versions: none)
ERROR: No matching distribution found for adbutils==2.12.0`, 'cannot be reached', null],
  ['uv, no network', `error: Failed to fetch: http://127.0.0.1:9/simple/numpy/
  cause: error sending request for url (http://127.0.0.1:9/simple/numpy/)
  cause: tcp connect error`, 'cannot be reached', null],
  ['pip, no wheel', `ERROR: Could not find a version that satisfies the requirement onnxruntime-qnn==2.7.0 (from versions: none)
ERROR: No matching distribution found for onnxruntime-qnn==2.7.0`, 'no wheel', 'onnxruntime-qnn'],
  ['uv, no wheel', `error: No solution found when resolving dependencies
  cause: Because onnxruntime-qnn{sys_platform == 'linux' or sys_platform == 'win32'}==2.7.0 has no wheels with a matching platform tag (e.g., \`manylinux_2_28_x86_64\`) and you require onnxruntime-qnn{sys_platform == 'linux' or sys_platform == 'win32'}==2.7.0, we can conclude that your requirements are unsatisfiable.`, 'no wheel', 'onnxruntime-qnn'],
  ['uv, source only', 'cause: Because coremltools==9.0 has no usable wheels and you require coremltools==9.0, we can conclude that your requirements are unsatisfiable.', 'no wheel', 'coremltools'],
  ['pip, other file', `ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. If you have updated the package versions, please update the hashes.
    numpy==2.4.6 from https://mirror/numpy-2.4.6-cp311-cp311-manylinux_2_28_x86_64.whl:
        Expected sha256 aaaa
             Got        89cd`, 'other files', null],
  ['uv, other file', 'error: Failed to download `numpy==2.4.6`\n  cause: Hash mismatch for `numpy==2.4.6`', 'other files', null],
  ['pip, full disk', "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device: '/cache/python-3.11/lib/x.so'", 'disk is full', null],
  ['venv of Debian', 'The virtual environment was not created successfully because ensurepip is not available.  On Debian/Ubuntu systems, you need to install the python3-venv\npackage using the following command.', 'venv module', null],
];

test.each(SAID)('%s', (_, output, words, without) => {
  const failure = installFailure('pip install', output, vendorRequirements());
  expect(failure.message).toContain(words);
  expect(failure.nextSteps.at(-1)).toBe('Then: dyno setup python.');
  expect(packageWithoutWheel(failure)).toBe(without);
});

test('what nobody foresaw keeps the installer\'s words', () => {
  expect(installFailure('pip install', 'Segmentation fault', vendorRequirements())).toMatchObject({ message: 'The Python environment could not be installed.', output: 'Segmentation fault' });
});

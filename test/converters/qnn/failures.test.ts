import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, test } from 'vitest';
import { ExternalError, UserError } from '../../../models/contracts/index.ts';
import { convertWithSdk, scriptOf } from '../../../converters/qnn/convert-with-sdk.ts';
import { fallbacksIn, KNOWN_ERRORS, knownErrors } from '../../../converters/qnn/known-errors.ts';
import { readArtifact } from '../../../converters/qnn/artifact-file.ts';
import type { ToolRunner } from '../../../converters/qnn/tool-runner.ts';
import { ERROR_TEXTS, NOISE } from '../../../device-harness/virtual/qnn-sdk/tools/misbehaviour.ts';
import type { ModelSpec } from '../../support/build-model.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';
import { type Asked, conversion, convert, feedsOf } from './conversion.ts';

const temporary = temporaryFolder();

const RELU: ModelSpec = { inputs: { x: ['float32', [1, 2, 4, 6]] }, outputs: { y: ['float32', [1, 2, 4, 6]] }, nodes: [['Relu', ['x'], ['y'], {}, { name: 'relu' }]] };
const library = { form: 'model-library', chain: 'qnn' } as const;

/** The error of a conversion, with nothing left of the result. */
async function failing(asked: Asked, model: ModelSpec | string = RELU): Promise<ExternalError> {
  const error = await convert(temporary(), model, asked).then(() => null, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(Error);
  expect(existsSync(temporary('out'))).toBe(false);
  expect(readdirSync(temporary()).filter((name) => name.startsWith('.out-'))).toEqual([]);
  return error as ExternalError;
}

describe('what tools say is not believed', () => {
  test.each([
    ['nothing-written', /qnn-onnx-converter said that it succeeded and wrote no model\.cpp/],
    ['empty-file', /said that it succeeded and left empty model\.cpp/],
    ['disk-full', /ended with code 1: The disk is full/],
  ])('%s', async (wrong, message) => {
    const error = await failing({ ...library, wrong: `qnn-onnx-converter=${wrong}` });
    expect(error).toBeInstanceOf(ExternalError);
    expect(error.message).toMatch(message);
    expect(error.command).toContain('--input_network');
    const log = /printed: (.+)$/.exec(error.nextSteps.at(-1) ?? '')?.[1] ?? '';
    expect(log.startsWith(tmpdir()) && existsSync(log)).toBe(true);
  });

  test('a result that was there before stays when the next conversion fails', async () => {
    const { result } = await convert(temporary(), RELU, library);
    const before = readFileSync(result.artifact.path);
    await expect(convert(temporary(), RELU, { ...library, wrong: 'qnn-model-lib-generator=nothing-written' })).rejects.toThrow(/wrote no libs\/aarch64-android\/libmodel\.so/);
    expect(readFileSync(result.artifact.path)).toEqual(before);
    expect((await readArtifact(temporary('out'))).sha256).toBe(result.artifact.sha256);
  });

  test('a file that was changed afterwards is refused', async () => {
    const { result } = await convert(temporary(), RELU, library);
    writeFileSync(result.artifact.path, 'other');
    await expect(readArtifact(result.artifact.path)).rejects.toThrow(/was changed since/);
    await expect(readArtifact(temporary('sdk'))).rejects.toThrow(UserError);
    writeFileSync(temporary('out', 'artifact.json'), '{"format":99}');
    await expect(readArtifact(temporary('out'))).rejects.toThrow(/no description of an artifact/);
  });

  test('a folder of other files is left alone, a work folder is kept as asked and holds no object files', async () => {
    mkdirSync(temporary('out'));
    writeFileSync(temporary('out', 'mine.txt'), 'mine');
    await expect(convert(temporary(), RELU, library)).rejects.toThrow(/holds other files/);
    expect(readdirSync(temporary('out'))).toEqual(['mine.txt']);
    const kept = temporary('kept');
    await convert(temporary(), RELU, { ...library, keep: kept, name: 'other.onnx' }).catch(() => undefined);
    expect(readdirSync(temporary('out'))).toEqual(['mine.txt']);
  });
});

describe('known texts', () => {
  const ADVICE: Readonly<Record<string, RegExp>> = {
    'pyirgraph': /Python that the SDK is built for/, 'pyirgraph38': /Python that the SDK is built for/, 'no-qti': /lib\/python of the SDK/, 'onnx-version': /onnx==1\.16\.2/, 'no-onnx': /check-python-dependency/, 'dynamic': /--static/,
    'no-cpp': /--keep-workdir/, 'no-source': /--keep-workdir/, 'compiler': /NDK/, 'libcxx': /libc\+\+1/, 'device': /of one SDK/, 'transport': /of one SDK/, 'skel': /one SDK for everything/, '5005': /chip at hand/, 'arch': /chip at hand/,
    'no-soc': /newer SDK/, 'op-validation': /dyno check/, 'too-large': /smaller input/, 'map-at': /encodings coverage/, 'signature': /pd_session/, 'hba': /Leave it out/, 'opset': /newer SDK/,
  };

  test.each(Object.entries(ERROR_TEXTS))('%s has advice', (name, text) => {
    expect(knownErrors(text).map(({ advice }) => advice).join(' ')).toMatch(ADVICE[name] ?? /^$/);
  });

  test('each entry is met by some text, none by ordinary output', () => {
    const texts = [...Object.values(ERROR_TEXTS), 'ANDROID_NDK_ROOT is not set', 'OSError: [Errno 28] No space left on device', 'std::bad_alloc'];
    expect(KNOWN_ERRORS.filter(({ pattern }) => !texts.some((text) => pattern.test(text))).map(({ id }) => id)).toEqual([]);
    expect(knownErrors(`INFO_CONVERSION_SUCCESS\nTotal MACs: 23,828,234,860\nModel CPP saved at: /x/m.cpp\n${NOISE.join('\n')}`)).toEqual([]);
  });

  test('in the error, with command and end of the output', async () => {
    const error = await failing({ ...library, wrong: 'qnn-model-lib-generator=error:compiler' });
    expect(error.message).toBe('qnn-model-lib-generator ended with code 1: The compiler of the model library is missing.');
    expect([error.exitCode, error.output.includes('Could not find compiler'), error.nextSteps[0]]).toEqual([2, true, expect.stringMatching(/clang\+\+ for this machine/)]);
  });

  test('an operator that HTP does not take, a tool that does not even start', async () => {
    expect((await failing({ form: 'context-binary', chain: 'qairt', wrong: 'qnn-context-binary-generator=error:op-validation' })).message).toMatch(/HTP does not take an operator/);
    const silent = { run: async () => ({ code: 1, signal: null, timedOut: false, output: ERROR_TEXTS['pyirgraph'] ?? '' }) };
    const error = await failing({ ...library, runner: silent, version: '2.41.0.1' });
    expect(error.message).toMatch(/qnn-onnx-converter does not start: The converter’s library does not load/);
  });

  test('noise stays quiet, fallbacks to float are listed', async () => {
    const noisy = await convert(temporary(), RELU, { ...library, wrong: 'qnn-onnx-converter=noise' });
    expect(noisy.result.history).toMatchObject({ fallbacks: [], notes: [] });
    const fallen = await convert(temporary(), RELU, { ...library, precision: 'w8a8', feeds: feedsOf({ x: [1, 2, 4, 6] }), wrong: 'qnn-onnx-converter=fallback' });
    expect(fallen.result.history.fallbacks).toEqual(['/head/Softmax', '/head/Mul']);
    expect(fallbacksIn("Following OPs fallback to float: ['a', 'b']")).toEqual(['a', 'b']);
    expect(fallbacksIn('Following OPs fallback to float')).toEqual(['(not named)']);
  });

  test('noise beside a real failure is not shown as its cause', () => {
    expect(knownErrors(`${NOISE.join('\n')}\nmap::at: key not found`).map(({ id }) => id)).toEqual(['names']);
  });
});

describe('calibration files', () => {
  test('in another order of axes than what was produced: an error, not a result', async () => {
    const { job, runner, close } = conversion(temporary(), RELU, { ...library, precision: 'w8a8', feeds: feedsOf({ x: [1, 2, 4, 6] }) });
    const keeps: ToolRunner = { run: (step, limits) => runner.run(step.tool === 'qnn-onnx-converter' && !step.command.includes('--help') ? { ...step, command: [...step.command, '--preserve_io', 'layout'] } : step, limits) };
    await expect(convertWithSdk({ ...job, runner: keeps }).finally(close)).rejects.toThrow(/"x" is \[1,2,4,6\] in what was produced, and calibration was given to it channels last/);
    expect(existsSync(temporary('out'))).toBe(false);
  });

  test('a script that is printed without a folder for them says how they are made, and writes nothing', async () => {
    const { job, close } = conversion(temporary(), RELU, { ...library, precision: 'w8a8', feeds: feedsOf({ x: [1, 2, 4, 6] }) });
    const before = readdirSync(temporary());
    const script = await scriptOf(job).finally(close);
    expect(script).toContain('# raw/N-x.raw: float32, little-endian, 1 x 4 x 6 x 2 (channels last).');
    expect(script).toContain('written raw/0-x.raw raw/1-x.raw');
    expect(script).toContain("cat > input_list.txt <<'END'\nraw/0-x.raw\nraw/1-x.raw\nEND");
    expect(readdirSync(temporary()).filter((name) => name !== 'cache')).toEqual(before);
  });
});

describe('what cannot be made is refused before anything runs', () => {
  test.each<[string, Asked, RegExp]>([
    ['a DLC by the older chain', { chain: 'qnn', form: 'dlc' }, /older chain makes no DLC/], ['a library by the newer', { chain: 'qairt', form: 'model-library' }, /newer chain makes no model library/],
    ['integers without data', { ...library, precision: 'w8a8' }, /w8a8 needs data to calibrate/],
    ['an SDK without the newer tools’ flags', { chain: 'qairt', form: 'dlc', version: '2.10.0.1', runner: { run: async () => ({ code: 0, signal: null, timedOut: false, output: '--input_network --output_path' }) }, precision: 'fp16' }, /qairt-converter of SDK 2\.10\.0\.1 has no --float_bitwidth/],
  ])('%s', async (_, asked, message) => {
    const error = await failing(asked);
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
  });
});

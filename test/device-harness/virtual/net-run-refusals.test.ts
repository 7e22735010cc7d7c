import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { writeCarrier } from '../../../device-harness/virtual/qnn-sdk/carrier.ts';
import { toBytes } from '../../support/build-model.ts';
import { PhoneBench } from './phone-bench.ts';
import { bytes, floatTensor, noise, tinyModel } from './tiny-models.ts';

const HTP = ['libQnnHtp.so', 'libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so', 'libQnnHtpPrepare.so'];
const CPU_RUN = ['--dlc_path', 'm.dlc', '--backend', 'libQnnCpu.so', '--input_list', 'list.txt'];
const HTP_RUN = ['--dlc_path', 'm.dlc', '--backend', 'libQnnHtp.so', '--input_list', 'list.txt'];
const CONTEXT_RUN = ['--retrieve_context', 'm.bin', '--backend', 'libQnnHtp.so', '--input_list', 'list.txt'];

let bench: PhoneBench;
beforeAll(async () => {
  bench = await PhoneBench.start('SM8650');
});
afterAll(() => bench.close());
beforeEach(() => {
  for (const name of readdirSync(bench.work)) rmSync(join(bench.work, name), { recursive: true });
  bench.phone.change({ faults: {}, properties: { 'ro.soc.model': 'SM8650' } });
  bench.install('libQnnCpu.so', 'libQnnModelDlc.so', ...HTP);
  writeCarrier(join(bench.work, 'm.dlc'), { kind: 'dlc', tool: 'test', version: '1', graph: 'tiny', arch: null, inputs: [floatTensor('x', [1, 3, 16, 16])], outputs: [floatTensor('y', [1, 3, 32, 32])] }, toBytes(tinyModel()));
  bench.put('in.raw', bytes(noise(1, 768)));
  bench.put('list.txt', 'x:=in.raw\n');
  bench.put('m.bin', 'whatever');
});

async function refused(args: readonly string[], words: RegExp, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  const { code, err, out } = await bench.run('qnn-net-run', args, environment);
  expect(err).toMatch(words);
  expect(code).not.toBe(0);
  expect(out).not.toContain('Finished Executing Graphs');
  expect(existsSync(join(bench.work, 'output', 'Result_0'))).toBe(false);
}

describe('the command line', () => {
  test.each<[string, readonly string[], RegExp]>([
    ['an unknown flag', [...CPU_RUN, '--num_inference', '3'], /unrecognized arguments: --num_inference/],
    ['a number and a duration', [...CPU_RUN, '--num_inferences', '3', '--duration=2'], /--num_inferences and --duration are mutually exclusive/],
    ['a model and a context', [...CPU_RUN, '--retrieve_context', 'm.bin'], /mutually exclusive/],
    ['nothing to run', CPU_RUN.slice(2), /one of --model, --retrieve_context, --dlc_path is required/],
    ['no backend', [...CPU_RUN.slice(0, 2), ...CPU_RUN.slice(4)], /required: --backend/],
    ['no input list', CPU_RUN.slice(0, 4), /required: --input_list/],
    ['debug of a context', [...CONTEXT_RUN, '--debug'], /mutually exclusive/],
    ['another library for a DLC', [...CPU_RUN, '--model', 'libmodel.so'], /--dlc_path needs --model libQnnModelDlc\.so/],
    ['a profile that there is none of', [...CPU_RUN, '--perf_profile', 'turbo'], /invalid choice: 'turbo'/],
    ['a profiling level that there is none of', [...CPU_RUN, '--profiling_level', 'linting'], /invalid choice: 'linting'/],
    ['optrace without details', [...CPU_RUN, '--profiling_level', 'basic', '--profiling_option', 'optrace'], /needs --profiling_level detailed/],
    ['no inferences', [...CPU_RUN, '--num_inferences', '0'], /--num_inferences: 0/],
    ['half an inference', [...CPU_RUN, '--num_inferences', '1.5'], /--num_inferences: 1\.5/],
    ['what it does not stand in for', [...CPU_RUN, '--debug'], /--debug is more than this stand-in does/],
    ['a value that is missing', [...CPU_RUN, '--output_dir'], /--output_dir: expected one argument/],
  ])('%s', (_, args, words) => refused(args, words));

  test('version and help', async () => {
    expect((await bench.run('qnn-net-run', ['--version'])).out).toMatch(/^qnn-net-run pid:\d+\nQNN SDK v2\.51\.0\.260929\d*_\d+$/);
    const { code, out } = await bench.run('qnn-net-run', ['--help']);
    expect([code, out.includes('--retrieve_context'), out.includes('--duration')]).toEqual([0, true, true]);
  });
});

describe('inputs', () => {
  test.each<[string, string, RegExp]>([
    ['too short', 'x:=short.raw', /Size of input file .*short\.raw \(3068 bytes\) does not match the expected size 3072/],
    ['too long', 'x:=long.raw', /\(3073 bytes\) does not match/],
    ['absent', 'x:=none.raw', /Could not open input file: .*none\.raw/],
    ['of another name', 'input:=in.raw', /the graph has no input input; it has x/],
    ['too many', 'in.raw in.raw', /2 files for 1 inputs/],
    ['none', '# only a comment\n', /names no inputs/],
  ])('%s', (_, list, words) => {
    bench.put('short.raw', new Uint8Array(3068));
    bench.put('long.raw', new Uint8Array(3073));
    bench.put('list.txt', list);
    return refused(CPU_RUN, words);
  });

  test('no list', () => refused(CPU_RUN.map((word) => (word === 'list.txt' ? 'other.txt' : word)), /Could not open input list: other\.txt/));
});

describe('libraries', () => {
  const remove = (name: string): void => rmSync(join(bench.work, name));
  test('a backend that is not there, or not where the linker looks', async () => {
    await refused(CPU_RUN, /dlopen failed: library "libQnnCpu\.so" not found/, { LD_LIBRARY_PATH: '' });
    remove('libQnnCpu.so');
    await refused(CPU_RUN, /dlopen failed: library "libQnnCpu\.so" not found/);
    await refused(CPU_RUN.map((word) => (word === 'libQnnCpu.so' ? 'libQnnModelDlc.so' : word)), /is no backend library/);
  });

  test.each<[string, string, RegExp]>([
    ['no stub', 'libQnnHtpV75Stub.so', /libQnnHtpV75Stub\.so" not found[\s\S]*4000[\s\S]*Device Creation failure/],
    ['no skeleton', 'libQnnHtpV75Skel.so', /0x80000406[\s\S]*1008[\s\S]*Device Creation failure/],
  ])('%s', (_, name, words) => {
    remove(name);
    return refused(CONTEXT_RUN, words);
  });

  test('the skeleton of another Hexagon version, a wrong separator, and none of the folders', async () => {
    await refused(CONTEXT_RUN, /0x80000406/, { ADSP_LIBRARY_PATH: `${bench.work}:/vendor/dsp/cdsp` });
    await refused(CONTEXT_RUN, /0x80000406/, { ADSP_LIBRARY_PATH: '/vendor/dsp/cdsp' });
    remove('libQnnHtpV75Skel.so');
    bench.install('libQnnHtpV73Skel.so');
    await refused(CONTEXT_RUN, /libQnnHtpV75Skel\.so is not in ADSP_LIBRARY_PATH/);
  });

  test.each(['libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so'])('%s of another SDK', (name) => {
    bench.put(name, 'npu-dyno stand-in\n{"version":"2.43.0.260101"}\n');
    return refused(CONTEXT_RUN, /Skel lib id mismatch: expected \(v2\.51\.0\.260929\), detected \(v2\.43\.0\.260101\)/);
  });

  test('a graph to prepare without the library that prepares', () => {
    remove('libQnnHtpPrepare.so');
    return refused(HTP_RUN, /library "libQnnHtpPrepare\.so" not found/);
  });

  test('shared memory without the library of the vendor', async () => {
    await refused([...CONTEXT_RUN, '--shared_buffer'], /library "libcdsprpc\.so" not found/);
    await refused([...CONTEXT_RUN, '--shared_buffer'], /Create From Binary failure/, { LD_LIBRARY_PATH: `${bench.work}:${join(bench.phone.root, 'vendor/lib64')}` });
  });

  test('a DLC without the library that reads it', () => {
    remove('libQnnModelDlc.so');
    return refused(CPU_RUN, /library "libQnnModelDlc\.so" not found/);
  });

  test('no emulator on this machine: the phone says what to install', () =>
    refused(HTP_RUN, /dyno setup python[\s\S]*Device Creation failure/, { DYNO_PYTHON_ENV: '', DYNO_CACHE: join(bench.folder, 'empty') }));

  test('chips without HTP or unknown ones, and a DSP that takes signed programs only', async () => {
    for (const soc of ['SM9999', 'SM8250', '']) {
      bench.phone.change({ properties: { 'ro.soc.model': soc } });
      await refused(CONTEXT_RUN, /No Snapdragon SOC detected[\s\S]*Device Creation failure/);
    }
    bench.phone.change({ properties: { 'ro.soc.model': 'SM8650-AC' }, faults: { unsignedDomainRefused: true } });
    await refused(CONTEXT_RUN, /0x80000406[\s\S]*unsigned process domain refused/);
  });
});

describe('configuration files', () => {
  const level1 = { backend_extensions: { shared_library_path: 'libQnnHtpNetRunExtensions.so', config_file_path: 'htp.json' } };
  const run = (first: object, second: object, words: RegExp): Promise<void> => {
    bench.put('config.json', JSON.stringify(first));
    bench.put('htp.json', JSON.stringify(second));
    return refused([...HTP_RUN, '--config_file', 'config.json'], words);
  };

  test('need the library that reads them', () => run(level1, {}, /library "libQnnHtpNetRunExtensions\.so" not found/));

  test.each<[string, object, object, RegExp]>([
    ['a level-2 file in place of level 1', { graphs: [], devices: [] }, {}, /config\.json: Unrecognized key/],
    ['an unknown setting of a graph', level1, { graphs: [{ graph_names: ['tiny'], optimization: 3 }] }, /htp\.json: graphs/],
    ['a level of optimization that there is none of', level1, { graphs: [{ graph_names: ['tiny'], O: 5 }] }, /htp\.json: graphs/],
    ['another Hexagon version', level1, { devices: [{ dsp_arch: 'v73' }] }, /Request feature arch with value 73 unsupported[\s\S]*Device Creation failure/],
    ['a signed domain for unsigned libraries', level1, { devices: [{ pd_session: 'signed' }] }, /signature does not match/],
    ['a polling time beyond the limit', level1, { devices: [{ cores: [{ rpc_polling_time: 20_000 }] }] }, /htp\.json: devices/],
  ])('%s', (_, first, second, words) => {
    bench.install('libQnnHtpNetRunExtensions.so');
    return run(first, second, words);
  });
});

describe('a phone on which things go wrong', () => {
  test('success is printed, and nothing is written', async () => {
    bench.phone.change({ faults: { tool: 'silent' } });
    const { code, out } = await bench.run('qnn-net-run', [...CPU_RUN, '--profiling_level', 'basic']);
    expect([code, out.includes('Finished Executing Graphs'), existsSync(join(bench.work, 'output'))]).toEqual([0, true, false]);
  });

  test('an error that it is told to say', async () => {
    bench.phone.change({ faults: { tool: { says: 'graph requires estimated allocation of 5404364 KB, limit is 2097152 KB', code: 3 } } });
    expect(await bench.run('qnn-net-run', CPU_RUN)).toMatchObject({ code: 3, err: expect.stringContaining('estimated allocation') as string });
  });

  test('the disk fills while outputs are written: half a file, and an error', async () => {
    bench.phone.change({ faults: { outputBytes: 5000 } });
    const { code, err } = await bench.run('qnn-net-run', CPU_RUN);
    expect([code, err]).toEqual([1, expect.stringContaining('No space left on device')]);
    expect(readFileSync(join(bench.work, 'output', 'Result_0', 'y.raw'))).toHaveLength(5000);
  });

  test('it ends by a signal, or never ends', async () => {
    bench.install('qnn-net-run');
    bench.phone.change({ faults: { tool: 'crash' } });
    expect(await startProcess(60_000)).toBe('SIGSEGV');
    bench.phone.change({ faults: { tool: 'hang' } });
    expect(await startProcess(1500)).toBe('still there');
  });
});

/** How the program ends as a process of its own; it is ended after so many milliseconds beyond its last words. */
function startProcess(patienceMs: number): Promise<string> {
  const environment = { PATH: process.env['PATH'], LD_LIBRARY_PATH: bench.work, DYNO_PHONE_ROOT: bench.phone.root, DYNO_PHONE_STATE: join(bench.folder, 'phone', 'state'), HOME: process.env['HOME'] };
  const child = spawn(join(bench.work, 'qnn-net-run'), CPU_RUN, { cwd: bench.work, env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve) => {
    child.stdout.on('data', (text: Buffer) => {
      if (!text.includes('Executing Graphs')) return;
      setTimeout(() => {
        resolve('still there');
        child.kill('SIGKILL');
      }, patienceMs).unref();
    });
    child.once('exit', (code, signal) => resolve(signal ?? `exit ${code}`));
  });
}

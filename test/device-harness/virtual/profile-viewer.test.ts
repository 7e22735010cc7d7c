import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { savedContext } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { writeCarrier } from '../../../device-harness/virtual/qnn-sdk/carrier.ts';
import { toBytes } from '../../support/build-model.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { PhoneBench } from './phone-bench.ts';
import { bytes, floatTensor, noise, tinyModel } from './tiny-models.ts';

const LOG = 'output/qnn-profiling-data_0.log';
const SCRIPTED = [900, 400, 420, 380];
let bench: PhoneBench;

/** The line of `qnn.md` §4.2, by which any release can be read. */
const LINE = /^\s*(?:Backend \()?(.*?)\)?\s*:\s+([\d.]+)\s+(us|cycles|count|inf\/sec)\b/;

/** Values by section and name. */
function readText(text: string): Map<string, number> {
  const values = new Map<string, number>();
  let section = '';
  for (const line of text.split('\n')) {
    section = /^(\S.* Stats(?: \(\w+\))?):$/.exec(line)?.[1] ?? section;
    const found = LINE.exec(line);
    if (found) values.set(`${section}|${found[1]}`, Number(found[2]));
  }
  return values;
}

interface Row {
  readonly message: string;
  readonly value: number;
  readonly unit: string;
  readonly name: string;
}

function readCsv(text: string): Row[] {
  const [header, ...lines] = text.trim().split('\n');
  expect(header).toBe('Msg Timestamp,Message,Time,Unit of Measurement,Timing Source,Event Level,Event Identifier');
  return lines.map((line) => line.split(',')).map(([, message = '', value, unit = '', , , name = '']) => ({ message, value: Number(value), unit, name }));
}

/** What was scripted is what has to come out at the other end. */
describe('qnn-profile-viewer on logs of a run whose times are known', () => {
  beforeAll(async () => {
    bench = await PhoneBench.start('SM8650', { speed: { scale: 0, scripted: { cpu: SCRIPTED, htp: SCRIPTED } } });
    bench.install('libQnnCpu.so', 'libQnnModelDlc.so', 'libQnnHtp.so', 'libQnnHtpV75Stub.so', 'libQnnHtpV75Skel.so');
    writeCarrier(join(bench.work, 'm.dlc'), { kind: 'dlc', tool: 'test', version: '1', graph: 'tiny', arch: null, inputs: [floatTensor('x', [1, 3, 16, 16])], outputs: [floatTensor('y', [1, 3, 32, 32])] }, toBytes(tinyModel()));
    bench.put('in.raw', bytes(noise(1, 768)));
    bench.put('list.txt', 'x:=in.raw\n');
  });
  afterAll(() => bench.close());

  const view = async (version: string, ...more: readonly string[]): Promise<string> => {
    const { code, out, err } = await bench.run('qnn-profile-viewer', ['--input_log', LOG, ...more], {}, version);
    expect([code, err]).toEqual([0, '']);
    return out;
  };
  const cpuRun = (...more: readonly string[]): Promise<{ code: number }> => bench.run('qnn-net-run', ['--dlc_path', 'm.dlc', '--backend', 'libQnnCpu.so', '--input_list', 'list.txt', '--num_inferences', '4', '--profiling_level', 'basic', ...more]);

  test('the CPU: average, minimum, maximum, preparation; no row of an accelerator', async () => {
    await cpuRun();
    expect(lstatSync(join(bench.work, 'output/qnn-profiling-data.log')).isSymbolicLink()).toBe(true);
    const text = await view('2.51.0.260929');
    const values = readText(text);
    expect(['Average', 'Min', 'Max'].map((which) => values.get(`Execute Stats (${which})|NetRun`))).toEqual([525, 380, 900]);
    expect(text).not.toContain('ccelerator');
    const parts = (values.get('Compose Graphs Stats|NetRun') ?? 0) + (values.get('Finalize Stats|NetRun') ?? 0);
    expect(values.get('Init Stats|NetRun')).toBeGreaterThan(parts);
    expect(parts).toBeGreaterThan(0);
    expect(values.get('Execute Stats (Overall)|NetRun IPS (includes IO and misc. time')).toBeCloseTo(1e6 / 525, 0);
  });

  test('CSV: a row for each execution in newer versions, the mean alone in older ones; their text has no minimum either', async () => {
    await cpuRun();
    await view('2.51.0.260929', '--output', 'new.csv');
    await view('2.13.2.230822', '--output=old.csv');
    const executions = (name: string): number[] => readCsv(readFileSync(join(bench.work, name), 'utf8')).filter(({ message }) => message === 'EXECUTE').map(({ value }) => value);
    expect([executions('new.csv'), executions('old.csv')]).toEqual([SCRIPTED, [525]]);
    const old = readText(await view('2.13.2.230822'));
    expect([old.get('Execute Stats (Average)|NetRun'), old.has('Execute Stats (Min)|NetRun'), old.has('Execute Stats (Overall)|NetRun IPS')]).toEqual([525, false, true]);
  });

  test('profiling begins late and ends early where it is told so', async () => {
    bench.phone.change({ speed: { scale: 0, scripted: { cpu: [100_000, 300_000, 500_000, 700_000] } } });
    const run = (...more: readonly string[]): Promise<{ code: number }> => bench.run('qnn-net-run', ['--dlc_path', 'm.dlc', '--backend', 'libQnnCpu.so', '--input_list', 'list.txt', '--duration', '3', '--profiling_level', 'basic', ...more]);
    await run('--graph_profiling_start_delay', '1', '--graph_profiling_num_executions', '2');
    await view('2.51.0.260929', '--output', 'part.csv');
    expect(readCsv(readFileSync(join(bench.work, 'part.csv'), 'utf8')).filter(({ message }) => message === 'EXECUTE').map(({ value }) => value / 1000)).toEqual([100, 300]);
    expect(readFileSync(join(bench.work, 'output/execution_metadata.yaml'), 'utf8')).toContain('inferences_completed: 8');
    bench.phone.change({ speed: { scale: 0, scripted: { cpu: SCRIPTED, htp: SCRIPTED } } });
  });

  test('it takes as long as it says, where waiting is not scaled away', async () => {
    bench.phone.change({ speed: { scripted: { cpu: [20_000] } } });
    const start = performance.now();
    expect((await cpuRun()).code).toBe(0);
    expect(performance.now() - start).toBeGreaterThan(80);
    bench.phone.change({ speed: { scale: 0, scripted: { cpu: SCRIPTED, htp: SCRIPTED } } });
  });

  test('logs that are none, and flags that there are none of', async () => {
    bench.put('other.log', 'something else');
    expect(await bench.run('qnn-profile-viewer', ['--input_log', 'other.log'])).toMatchObject({ code: 1, err: expect.stringContaining('no profiling log') as string });
    expect(await bench.run('qnn-profile-viewer', ['--input_log', 'none.log'])).toMatchObject({ code: 1, err: expect.stringContaining('Could not open') as string });
    expect(await bench.run('qnn-profile-viewer', ['--log', 'none.log'])).toMatchObject({ code: 2 });
    expect(await bench.run('qnn-profile-viewer', ['--input_log', LOG, '--reader', 'libNone.so', '--output', 'x.json'])).toMatchObject({ code: 1 });
  });

  describe.skipIf(!htpToolchain)(`on HTP${htpMissing}`, () => {
    const run = (...more: readonly string[]): ReturnType<PhoneBench['run']> => bench.run('qnn-net-run', ['--retrieve_context', 'm.bin', '--backend', 'libQnnHtp.so', '--input_list', 'list.txt', '--num_inferences', '4', '--profiling_level', 'detailed', ...more]);
    beforeAll(async () => {
      const path = join(bench.folder, 'tiny.onnx');
      writeFileSync(path, toBytes(tinyModel()));
      const { context } = await savedContext(htpToolchain as NonNullable<typeof htpToolchain>, { modelPath: path, soc: resolveSoc('SM8650').soc }, join(bench.folder, 'cache'));
      bench.put('m.bin', readFileSync((context?.binaries[0] as { path: string }).path));
    });
    afterAll(() => htpToolchain?.close());

    test.each(['2.51.0.260929', '2.13.2.230822'])('%s: times within one another, cycles by operation', async (version) => {
      expect((await run()).err).toBe('');
      const text = await view(version);
      const values = readText(text);
      const times = ['NetRun', 'QNN (execute) time', 'RPC (execute) time', 'QNN accelerator (execute) time', 'Accelerator (execute) time'].map((name) => values.get(`Execute Stats (Average)|${name}`) as number);
      expect(times[0]).toBe(525);
      expect([...times].sort((a, b) => b - a)).toEqual(times);
      expect(new Set(times).size).toBe(5);
      const rows = [...text.matchAll(/^ {8}(\/.*?):OpId_\d+ \(cycles\) ?: (\d+) {1,2}cycles$/gm)].slice(0, 4).map(([, name, cycles]) => [name?.replace(/_token_\d+$/, ''), Number(cycles)] as const);
      expect(new Map(rows).get('/last/Conv')).toBeGreaterThan(0);
      expect(values.get('Execute Stats (Average)|Accelerator (execute) time (cycles)')).toBeGreaterThan(0);
      expect(values.get('Execute Stats (Average)|Number of HVX threads used')).toBe(4);
    });

    test('an optrace: needs the schematic, gives a summary whose operations add up to the whole', async () => {
      expect((await run('--profiling_option=optrace')).err).toBe('');
      const reader = join(bench.sdk, 'lib/x86_64-linux-clang/libQnnHtpOptraceProfilingReader.so');
      const trace = ['--input_log', LOG, '--reader', reader, '--output', 'trace.json'];
      expect(await bench.run('qnn-profile-viewer', trace)).toMatchObject({ code: 1, err: expect.stringContaining('--schematic') as string });
      bench.put('tiny_schematic.bin', 'schematic');
      bench.put('features.json', '{"features":{"qhas_json":true}}');
      expect(await bench.run('qnn-profile-viewer', [...trace, '--schematic', 'tiny_schematic.bin', '--config', 'features.json'])).toMatchObject({ code: 0, err: '' });
      const { data } = JSON.parse(readFileSync(join(bench.work, 'trace_qnn_htp_analysis_summary.json'), 'utf8')) as { data: Record<string, { data: Record<string, number>[] }> };
      const whole = data['htp_overall_summary']?.data[0]?.['timeline_cycles'] as number;
      const sum = (data['qnn_op_instances_nodes']?.data ?? []).reduce((all, { cycles = 0 }) => all + cycles, 0);
      expect(Math.abs(sum - whole)).toBeLessThan(10);
      expect(existsSync(join(bench.work, 'trace.json'))).toBe(true);
    });

    test('settings for a graph of another name have no effect and no message; the log knows', async () => {
      bench.install('libQnnHtpNetRunExtensions.so');
      bench.put('config.json', JSON.stringify({ backend_extensions: { shared_library_path: 'libQnnHtpNetRunExtensions.so', config_file_path: 'htp.json' }, graph_configs: [{ graph_name: 'tiny', graph_priority: 'normal' }] }));
      const name = /graph_name: (.*)/.exec(readFileSync(join(bench.work, 'output/execution_metadata.yaml'), 'utf8'))?.[1];
      const settings = async (graph: string | undefined): Promise<unknown> => {
        bench.put('htp.json', JSON.stringify({ graphs: [{ graph_names: [graph], O: 3, vtcm_mb: 8 }], devices: [{ soc_model: 57, dsp_arch: 'v75', cores: [{ perf_profile: 'burst', rpc_control_latency: 100 }] }] }));
        expect(await run('--config_file', 'config.json')).toMatchObject({ code: 0, err: '' });
        return (JSON.parse(readFileSync(join(bench.work, LOG), 'utf8')) as { settings: string }).settings;
      };
      expect([await settings('tiny'), await settings(name)]).toEqual(['ignored', 'applied']);
    });

    test('a profile that saves power is slower, a hot phone throttles, and the same seed gives the same times', async () => {
      const mean = async (args: readonly string[], status: number): Promise<number> => {
        bench.phone.change({ speed: { scale: 0, seed: 3 }, thermalStatus: status });
        await run(...args);
        return readText(await view('2.51.0.260929')).get('Execute Stats (Average)|Accelerator (execute) time') as number;
      };
      const [burst, saver, hot, again] = [await mean(['--perf_profile', 'burst'], 0), await mean(['--perf_profile', 'power_saver'], 0), await mean(['--perf_profile', 'burst'], 3), await mean(['--perf_profile', 'burst'], 0)];
      expect(saver).toBeGreaterThan(1.5 * burst);
      expect(hot).toBeGreaterThan(1.2 * burst);
      expect(again).toBe(burst);
    });
  });
});

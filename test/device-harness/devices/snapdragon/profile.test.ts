import { describe, expect, test } from 'vitest';
import { mapOperations } from '../../../../device-harness/devices/snapdragon/profile/map-operations.ts';
import { parseProfileCsv } from '../../../../device-harness/devices/snapdragon/profile/parse-csv.ts';
import { parseQhas } from '../../../../device-harness/devices/snapdragon/profile/parse-qhas.ts';
import { parseProfileText } from '../../../../device-harness/devices/snapdragon/profile/parse-text.ts';
import { Model } from '../../../../models/graph/index.ts';
import { buildModel } from '../../../support/build-model.ts';

/** As a user pasted it in public, version 2.13 (research notes on QNN, §4.2). */
const OBSERVED = `Qnn Init/Prepare/Finalize/De-Init/Execute/Lib-Load Statistics:
Init Stats:
---
    NetRun:  331158 us
Compose Graphs Stats:
---
    NetRun:  74748 us
Finalize Stats:
--- Graph 0 (model):
    NetRun:  256372 us
    Backend (RPC (finalize) time): 4922 us
    Backend (QNN accelerator (finalize) time): 4504 us
    Backend (Accelerator (finalize) time): 4421 us
    Backend (QNN (finalize) time): 256364 us
De-Init Stats:
---
    NetRun:  15810 us
    Backend (RPC (deinit) time): 1224 us
    Backend (QNN Accelerator (deinit) time): 966 us
    Backend (Accelerator (deinit) time): 934 us
    Backend (QNN (deinit) time): 15801 us
Execute Stats (Average):
--- Total Inference Time:
--- Graph 0 (model):
    NetRun:  2952 us
    Backend (Number of HVX threads used): 4 count
    Backend (RPC (execute) time): 2920 us
    Backend (QNN accelerator (execute) time): 2600 us
    Backend (Accelerator (execute) time): 2492 us
    Backend (QNN (execute) time): 2949 us
Execute Stats (Overall):
---
    NetRun IPS:  214.8888 inf/sec
`;

/** Lines that newer versions print. */
const NEWER = `Input Log File Location: out/qnn-profiling-data_0.log
Init Stats:
-----------
    Backend (QNN (load binary) time): 41210 us
Execute Stats (Average):
------------------------
Total Inference Time:
---------------------
Graph 1 (net):
    NetRun: 1204 us
    Backend (Num times yield occured): 0 count
    Backend (Accelerator (execute) time (cycles)): 612345 cycles
        Input OpId_2 (cycles): 100 cycles
        /model/basenet/slice1/0/Conv:OpId_27 (cycles): 0 cycles
        node_xxx:OpId_75 (cycles) : 1961385256  cycles
    Backend (Accelerator (execute) time): 903 us
    Backend (Accelerator (execute excluding wait) time): 880 us
Execute Stats (Min):
--------------------
    NetRun: 1100 us
    Backend (Accelerator (execute) time): 870 us
Execute Stats (Max):
--------------------
    NetRun: 5200 us
    Backend (Accelerator (execute) time): 1010 us
Execute Stats (Overall):
------------------------
    NetRun IPS (includes IO and misc. time): 7.0011 inf/sec
`;

describe('what qnn-profile-viewer prints', () => {
  test('version 2.13: means of the whole launch; never the rate', () => {
    expect(parseProfileText(OBSERVED)).toEqual({
      initMs: 331.158, netRun: { each: null, meanMs: 2.952, minMs: null, maxMs: null }, accelerator: { each: null, meanMs: 2.492, minMs: null, maxMs: null }, cycles: null, operations: [],
    });
  });

  test('newer lines: extremes, cycles by operation with either spacing, loading of a context binary', () => {
    expect(parseProfileText(NEWER)).toEqual({
      initMs: 41.21, netRun: { each: null, meanMs: 1.204, minMs: 1.1, maxMs: 5.2 }, accelerator: { each: null, meanMs: 0.903, minMs: 0.87, maxMs: 1.01 }, cycles: 612_345,
      operations: [{ name: 'Input OpId_2', cycles: 100 }, { name: '/model/basenet/slice1/0/Conv:OpId_27', cycles: 0 }, { name: 'node_xxx:OpId_75', cycles: 1_961_385_256 }],
    });
  });

  test('underlines of any length, carriage returns, and text that is none of it', () => {
    expect(parseProfileText(OBSERVED.replaceAll('---', '===========').replaceAll('\n', '\r\n'))?.netRun?.meanMs).toBe(2.952);
    expect(parseProfileText('')).toBeNull();
    expect(parseProfileText('Segmentation fault\n NetRun:  12 us\n')).toBeNull();
  });
});

describe('its CSV', () => {
  const header = 'Msg Timestamp,Message,Time,Unit of Measurement,Timing Source,Event Level,Event Identifier';
  const documented = ['0,BACKEND,4,COUNT,BACKEND,ROOT,Number of HVX threads used', '0,BACKEND,100000,CYCLES,BACKEND,ROOT,Accelerator (execute) time (cycles)', '0,NODE,500,CYCLES,BACKEND,SUB-EVENT,Conv2d:OpId_1 (cycles)', 'UNKNOWN,EXECUTE,3100,US,BACKEND,ROOT,NULL'];

  test('the documented lines: a single row is a mean of all', () => {
    expect(parseProfileCsv([header, ...documented].join('\n'))).toEqual({
      initMs: null, netRun: { each: null, meanMs: 3.1, minMs: null, maxMs: null }, accelerator: null, cycles: 100_000, operations: [{ name: 'Conv2d:OpId_1', cycles: 500 }],
    });
  });

  test('a row for each execution, with a column more and names in quotes', () => {
    const rows = [1, 2, 3].flatMap((i) => [`${i},EXECUTE,${i * 1000},US,NETRUN,ROOT,NULL,`, `${i},BACKEND,${i * 900},US,BACKEND,ROOT,Accelerator (execute) time,`, `${i},NODE,${i * 10},CYCLES,BACKEND,SUB-EVENT,"a,""b"":OpId_1 (cycles)",conv`, `${i},EXECUTE IPS,7,INF/SEC,NETRUN,ROOT,NULL,`]);
    const text = ['some heading', `${header},ONNX Source Ops`, '0,INIT,41000,US,NETRUN,ROOT,NULL,', ...rows, 'torn,EXEC'].join('\r\n');
    expect(parseProfileCsv(text)).toEqual({
      initMs: 41, netRun: { each: [1, 2, 3], meanMs: 2, minMs: 1, maxMs: 3 }, accelerator: { each: [0.9, 1.8, 2.7], meanMs: expect.closeTo(1.8, 9), minMs: 0.9, maxMs: 2.7 }, cycles: null,
      operations: [{ name: 'a,"b":OpId_1', cycles: 20 }],
    });
  });

  test('a text without the header is none', () => {
    expect(parseProfileCsv('EXECUTE,1,US\n')).toBeNull();
  });
});

test('the summary of an optrace', () => {
  const summary = { data: { htp_overall_summary: { data: [{ time_us: 900, timeline_cycles: 500 }] }, qnn_op_instances_nodes: { data: [{ qnn_op: 'conv1', qnn_op_type: 'Conv2d', cycles: 400 }, { qnn_op: 'odd' }] } } };
  expect(parseQhas(JSON.stringify(summary))).toEqual({ cycles: 500, operations: [{ name: 'conv1', cycles: 400 }] });
  expect(parseQhas('{')).toBeNull();
  expect(parseQhas('{"data":{}}')).toBeNull();
});

test('operations lead back to nodes by name, by what they make, as identifiers, and before a suffix of the tools; others do not', () => {
  const model = new Model(buildModel({
    inputs: { x: ['float32', [1]] }, outputs: { y: ['float32', [1]] },
    nodes: [['Relu', ['x'], ['/body/Relu_output_0'], {}, { name: '/body/Relu' }], ['Neg', ['/body/Relu_output_0'], ['n'], {}, { name: 'Conv_1' }], ['Abs', ['n'], ['1a'], {}, {}], ['Neg', ['1a'], ['y'], {}, { name: 'Conv' }]],
  }));
  const names = ['/body/Relu:OpId_3', '_body_Relu:OpId_4', '_body_Relu_output_0_nchw', 'Conv_1_token_7:OpId_5', 'Conv_10:OpId_1', '_1a', 'Conv', 'Input OpId_2', 'Convolution_2'];
  expect(mapOperations(names.map((name) => ({ name, cycles: 1 })), model).map(({ node, opType }) => [node, opType])).toEqual([
    ['/body/Relu', 'Relu'], ['/body/Relu', 'Relu'], ['/body/Relu', 'Relu'], ['Conv_1', 'Neg'], ['Conv', 'Neg'], ['#2 Abs', 'Abs'], ['Conv', 'Neg'], [null, null], [null, null],
  ]);
});

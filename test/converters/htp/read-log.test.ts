import { appendFileSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { followLog } from '../../../converters/htp/follow-log.ts';
import { type CompileLog, readCompileLog } from '../../../converters/htp/read-log.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

/** Logs of real compilations, trimmed by fixtures/htp-logs/trim.py. Figures: what tools/htp_compile.py of the project's reference says of the same models. */
const log = (name: string): CompileLog => readCompileLog(readFileSync(fixture('htp-logs', `${name}.log`), 'utf8'));

test('plain_clip_x2_op17 for SM8550: figures, stages, build, every verdict', () => {
  const { build, graphs, stages, verdicts, errors } = log('plain');
  expect(build).toBe('v2.51.0.260929181845');
  expect(graphs).toEqual([{ readBytes: 57344, writeBytes: 49152, spillBytes: 0, fillBytes: 0, supertiles: 8, vtcmBytes: 8388608, hvxThreads: null, socType: 'SM8550' }]);
  expect(stages.find(({ stage }) => stage === 'Graph Optimizations')).toEqual({ stage: 'Graph Optimizations', microseconds: 16064 });
  expect(stages.map(({ stage }) => stage)).toContain('Finalizing Graph Sequence');
  expect(verdicts.every(({ accepted, reason }) => accepted && reason === null)).toBe(true);
  expect(verdicts.flatMap(({ nodes }) => nodes.map(({ name }) => name))).toContain('/body.0/Conv');
  expect(errors).toEqual([]);
});

test('operators carry the tensors they read and make', () => {
  const operators = new Map(log('plain').operators.map((operator) => [operator.name, operator]));
  expect(operators.get('Transpose')).toEqual({ name: 'Transpose', opType: 'Transpose', inputs: ['input'], outputs: ['Transpose_out0'] });
  expect(operators.get('/body.0/Conv_token_1')).toMatchObject({ opType: 'Conv2d', inputs: ['Transpose_out0', 'body.0.weight', 'body.0.bias'], outputs: ['/body.0/Conv'] });
  expect(operators.get('Transpose_token_16')).toMatchObject({ inputs: ['/DepthToSpace'], outputs: ['output'] });
});

test('grid_six_axes_op17: the validator\'s own words where the provider says "Failed to add node."', () => {
  const refused = log('six-axes').verdicts.filter(({ accepted }) => !accepted);
  expect(refused.map(({ nodes }) => nodes.map(({ name }) => name))).toEqual([['/Reshape'], ['/Transpose'], ['/Reshape_1_new_reshape']]);
  expect(new Set(refused.map(({ reason }) => reason))).toEqual(new Set(['A tensor has incorrect Rank 6.']));
});

test('Erf: the provider\'s reason, without the name of our making', () => {
  expect(log('erf').verdicts).toEqual([{ accepted: false, nodes: [{ opType: 'Erf', name: '' }], reason: 'Operators of type `Erf` are not supported by QNN EP.' }]);
});

test('Relu, Erf, Relu: two graphs with figures of their own', () => {
  const { graphs, verdicts } = log('two-graphs');
  expect(graphs.map(({ readBytes, writeBytes }) => [readBytes, writeBytes])).toEqual([[2048, 2048], [2048, 2048]]);
  expect(verdicts.filter(({ accepted }) => !accepted)).toHaveLength(1);
});

test('vap_block_op17 for SM8350: accepted, then out of memory; no figures of a graph that did not come out', () => {
  const { graphs, errors, verdicts } = log('no-memory');
  expect(graphs).toEqual([]);
  expect(verdicts.every(({ accepted }) => accepted)).toBe(true);
  expect(errors.join('\n')).toContain('prepare failed (err=1002)');
});

test('fp16 without a chip: no verdict, and the reason why the provider did not start', () => {
  const { verdicts, errors, build } = log('not-started');
  expect([verdicts, build]).toEqual([[], null]);
  expect(errors).toEqual(['FP16 precision mode is enabled but soc_model is not specified. Both parameters must be set together for FP16 precision support.']);
});

test('a log cut anywhere is read without throwing, and never says more than the whole', () => {
  const text = readFileSync(fixture('htp-logs', 'six-axes.log'), 'utf8');
  const whole = readCompileLog(text);
  for (let end = 0; end < text.length; end += 997) {
    const part = readCompileLog(text.slice(0, end));
    expect(part.graphs.length).toBeLessThanOrEqual(whole.graphs.length);
    expect(part.operators.length).toBeLessThanOrEqual(whole.operators.length + 1);
  }
});

test('a file that grows while it is read, letters and lines cut anywhere, is read as the text is', async () => {
  const path = temporary('log');
  const followed = followLog(path);
  const bytes = Buffer.from(`${readFileSync(fixture('htp-logs', 'plain.log'), 'utf8').replaceAll('\n', '\r\n')}[E:é] ünsaid`);
  for (let at = 0; at < bytes.length; at += 9973) {
    appendFileSync(path, bytes.subarray(at, at + 9973));
    if (at % 2 === 0) await new Promise((resolve) => setTimeout(resolve, 30));
  }
  expect(followed.finish()).toEqual(readCompileLog(bytes.toString()));
});

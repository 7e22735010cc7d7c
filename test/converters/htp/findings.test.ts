import { expect, test } from 'vitest';
import { adviceFor } from '../../../converters/htp/failure.ts';
import { type CompileReport, compiledFindings, isOneGraph, joinCauses, refutedFindings } from '../../../converters/htp/index.ts';
import { checkModel, groupFindings, resolveTarget } from '../../../converters/rules/index.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import { fixture } from '../../support/paths.ts';

const target = resolveTarget('htp:SM8550');
const onnx = readModel(fixture('exports', 'grid_six_axes_op17.onnx'));
const model = new Model(onnx.proto);
inferShapes(model);
const predicted = checkModel(model, target);
const rank = 'A tensor has incorrect Rank 6.';

/** What the compiler says of grid_six_axes_op17 (test/converters/htp/compile.test.ts holds it to that), with changes. */
function report(changes: Partial<CompileReport> = {}): CompileReport {
  const cpu = new Set(['/Reshape', '/Transpose', '/Reshape_1']);
  return {
    chip: 'SM8550', socModel: 43, hexagon: 73, build: 'v2.51.0.1', packages: {}, options: {}, htpGraphs: 1, cpuNodes: 3, graphs: [], failure: null, stages: [], seconds: 0, peakBytes: null,
    nodes: [...model.graph.nodes()].map(({ index, label, opType }) => ({ index, label, opType, unit: cpu.has(label) ? 'cpu' as const : 'htp' as const, reason: cpu.has(label) ? rank : null, inserted: [] })),
    ...changes,
  };
}

test('each node left on the CPU, in the vendor\'s words, with what mends it, in one cause with the rule\'s', () => {
  const findings = compiledFindings(report(), model, target, predicted);
  expect(findings.map(({ node }) => node)).toEqual(['/Reshape', '/Transpose', '/Reshape_1']);
  for (const { evidence, reason, rewrites, severity } of findings) {
    expect([evidence, severity]).toEqual(['compiled', 'blocks-unit']);
    expect(reason).toContain(rank);
    expect(rewrites).toContain('rank/chain');
  }
  const blocking = groupFindings([...predicted, ...findings]).filter(({ severity }) => severity === 'blocks-unit');
  expect(blocking).toHaveLength(1);
  expect(new Set(blocking[0]?.findings.map(({ evidence }) => evidence))).toEqual(new Set(['predicted', 'compiled']));
  expect(refutedFindings(report(), predicted)).toEqual([]);
});

test('a rule that the compiler refutes is named; slow and wrong ones are not its business', () => {
  const taken = report({ cpuNodes: 0, nodes: report().nodes.map((node) => ({ ...node, unit: 'htp' as const, reason: null })) });
  expect(compiledFindings(taken, model, target, predicted)).toEqual([]);
  const refuted = refutedFindings(taken, predicted);
  expect(refuted.length).toBeGreaterThan(0);
  expect(refuted.every(({ severity }) => severity.startsWith('blocks') || severity === 'splits-graph')).toBe(true);
  expect(refutedFindings({ ...taken, failure: { name: 'crash', code: null, message: '', advice: [] } }, predicted)).toEqual([]);
});

test('an operator that the provider put in and left on the CPU is a finding about the node it is for', () => {
  const nodes = report().nodes.map((node) => (node.label === '/a/MatMul' ? { ...node, inserted: [{ opType: 'Transpose', unit: 'cpu' as const }, { opType: 'Reshape', unit: 'htp' as const }] } : node));
  const added = compiledFindings(report({ nodes }), model, target).filter(({ node }) => node === '/a/MatMul');
  expect(added).toHaveLength(1);
  expect(added[0]?.reason).toContain('put in a Transpose');
});

test('a graph that does not come out: one finding about the model, a crash blocks conversion', () => {
  const failure = { name: 'QNN_COMMON_ERROR_MEM_ALLOC', code: 1002, message: 'Failed to finalize', advice: ['Quantize the model.'] };
  const clean = report().nodes.map((node) => ({ ...node, unit: 'htp' as const, reason: null }));
  expect(compiledFindings(report({ failure, nodes: clean }), model, target)).toMatchObject([{ opType: '', severity: 'blocks-unit', remedy: 'Quantize the model.' }]);
  expect(compiledFindings(report({ failure: { ...failure, name: 'crash' }, nodes: clean }), model, target)).toMatchObject([{ severity: 'blocks-conversion' }]);
});

test('findings of the emulator join the cause of a rule about the same node', () => {
  const [first] = predicted;
  const emulated = { ...(first as NonNullable<typeof first>), rule: 'htp/emulated-result', evidence: 'emulated' as const, cause: 'other' };
  expect(joinCauses([emulated], predicted)[0]?.cause).toBe(predicted.filter(({ node }) => node === emulated.node).at(-1)?.cause);
  expect(joinCauses([{ ...emulated, node: 'elsewhere' }], predicted)[0]?.cause).toBe('other');
});

test('a conversion that the provider is set to leave at the face is no refusal: one graph, slow', () => {
  const nodes = report().nodes.map((node, i) => ({ ...node, unit: i === 0 ? 'cpu' as const : 'htp' as const, reason: i === 0 ? 'QNN EP is configured to not take Q nodes that consume a graph input.' : null }));
  const faced = report({ cpuNodes: 1, nodes });
  expect(isOneGraph(faced)).toBe(true);
  expect(compiledFindings(faced, model, target)).toMatchObject([{ rule: 'htp/face-conversion', severity: 'slow', node: nodes[0]?.label }]);
  expect(isOneGraph({ ...faced, cpuNodes: 2 })).toBe(false);
});

test.each([
  ['Failed to finalize QNN graph. Error: QNN_COMMON_ERROR_MEM_ALLOC, Code: 1002', /Quantize/], ['Failed to validate op n with error 0xc26', /dyno check/], ['Having zero graph inputs is not supported on this backend.', /clean\/constants/],
  ['op config validation failed, tensor has 0 sized non-batch dimension', /empty/], ['Create From Binary failure, err 5005', /another chip/], ['graph requires estimated allocation of 5404364 KB, limit is 2097152 KB', /smaller input/], ['Device Creation failure', /ADSP_LIBRARY_PATH/],
])('%s: what helps', (text, advice) => {
  expect(adviceFor(text).join(' ')).toMatch(advice);
});

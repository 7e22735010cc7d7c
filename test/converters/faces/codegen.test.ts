import { beforeAll, describe, expect, it } from 'vitest';
import { type AdapterPort, type AdapterSpec, generateAdapter, type PortDType, runSteps } from '../../../converters/faces/index.ts';
import { type NdArray, type NumericArray, UserError } from '../../../models/contracts/index.ts';
import { Tensor } from '../../../models/onnx/index.ts';
import { seededInputs } from '../../../models/run/index.ts';
import { bitEqual } from '../../support/compare.ts';
import { runOrt } from '../../support/ort.ts';
import {
  type Call,
  cCall,
  compileAndRun,
  hasCompiler,
  metalAsCpp,
  metalCall,
  sizesOf,
  swiftAsCpp,
  swiftCall,
  typescriptFunctions,
} from './execute-code.ts';
import { type Chain, randomChain } from './random-steps.ts';
import { dimsOf, stepsModel } from './steps-model.ts';

const CHAINS = Array.from({ length: 60 }, (_, i) => randomChain(i + 1));

/** What ONNX Runtime computes of each chain, with its input. */
interface Case {
  readonly chain: Chain;
  readonly source: NdArray;
  readonly expected: NdArray;
  readonly port: AdapterPort;
}

let cases: Case[];
let spec: AdapterSpec;

beforeAll(async () => {
  cases = await Promise.all(
    CHAINS.map(async (chain, i): Promise<Case> => {
      const { start, steps } = chain;
      const dims = dimsOf(start);
      const range = start.dtype === 'uint8' ? ([0, 255] as const) : ([-300, 300] as const);
      const [feed] = seededInputs([{ name: 'x', dtype: start.dtype, dims, range }], { seed: i, kinds: ['normal'] });
      const source = feed?.get('x') as NdArray;
      const [expected] = (await runOrt(stepsModel(start, steps), feed as Map<string, NdArray>)).values();
      const result = expected as NdArray;
      const layout = steps.reduce((now, step) => (step.kind === 'layout' ? step.to : now), start.layout);
      return {
        chain,
        source,
        expected: result,
        port: {
          from: { name: `in ${i}`, dtype: start.dtype, layout: start.layout, dims },
          to: { name: `t*/${i}`, dtype: result.dtype, layout, dims: result.dims },
          steps,
          removed: null,
          lossy: null,
        },
      };
    }),
  );
  spec = { version: 1, inputs: cases.map(({ port }) => port), outputs: [] };
});

const asArray = ({ port, expected }: Case, data: NumericArray): NdArray => ({
  dtype: port.to.dtype as PortDType,
  dims: expected.dims,
  data,
});

function failures(results: readonly NdArray[]): string[] {
  return cases.flatMap((one, i) => (bitEqual(results[i] as NdArray, one.expected) ? [] : [`${i}: ${JSON.stringify(one.chain)}`]));
}

function callsOf(name: (i: number) => string): Call[] {
  return cases.map(({ port, source, expected }, i) => ({ name: name(i), port, source, dims: expected.dims }));
}

const halfOf = (code: string): string => code.slice(code.indexOf('/* IEEE 754'), code.indexOf('/*\n * From'));

describe('adapter steps against ONNX Runtime, bit by bit', () => {
  it('are computed so by the interpreter', () => {
    expect(failures(cases.map(({ port, source }) => runSteps(port.steps, source, port.from.layout, port.to.dtype as PortDType)))).toEqual(
      [],
    );
  });

  it('are computed so by the generated TypeScript', () => {
    const functions = typescriptFunctions(generateAdapter(spec, 'typescript'));
    const results = cases.map((one, i) => {
      const { data, dims } = (functions[`prepareT${i}`] as NonNullable<(typeof functions)[string]>)(
        one.source.data,
        ...sizesOf(one.source, one.port.from.layout),
      );
      expect(dims).toEqual([...one.expected.dims]);
      return asArray(one, data);
    });
    expect(failures(results)).toEqual([]);
  });

  it.skipIf(!hasCompiler('gcc'))('are computed so by the generated C (gcc; skipped where there is none)', () => {
    const results = compileAndRun(
      generateAdapter(spec, 'c'),
      'c',
      callsOf((i) => `prepare_t_${i}`),
      cCall,
    );
    expect(failures(results.map((data, i) => asArray(cases[i] as Case, data)))).toEqual([]);
  });

  it.skipIf(!hasCompiler('g++'))(
    'are computed so by the generated Metal, compiled as C++ (g++; no Metal compiler exists for this machine)',
    () => {
      const half = halfOf(generateAdapter(spec, 'c'));
      const results = compileAndRun(
        metalAsCpp(generateAdapter(spec, 'metal'), half),
        'cpp',
        callsOf((i) => `prepareT${i}`),
        metalCall,
        ['-Wno-unused-function'],
      );
      expect(failures(results.map((data, i) => asArray(cases[i] as Case, data)))).toEqual([]);
    },
  );

  it.skipIf(!hasCompiler('g++'))(
    'are computed so by the generated Swift, read line by line as C++ (g++; swiftc is not on this machine)',
    () => {
      const half = halfOf(generateAdapter(spec, 'c'));
      const results = compileAndRun(
        swiftAsCpp(generateAdapter(spec, 'swift'), half),
        'cpp',
        callsOf((i) => `prepareT${i}`),
        swiftCall,
        ['-Wno-unused-function', '-Wno-unused-variable'],
      );
      expect(failures(results.map((data, i) => asArray(cases[i] as Case, data)))).toEqual([]);
    },
  );

  it('covers every step in every direction', () => {
    const kinds = new Set(
      CHAINS.flatMap(({ steps }) =>
        steps.map((step) => ('order' in step ? `${step.kind} ${step.order}` : 'op' in step ? step.op : step.kind)),
      ),
    );
    expect([...kinds].sort()).toEqual([
      'add',
      'cast',
      'clip',
      'divide',
      'gatherChannels',
      'layout',
      'multiply',
      'repeat',
      'round',
      'shuffle CRD',
      'shuffle DCR',
      'subtract',
      'unshuffle CRD',
      'unshuffle DCR',
    ]);
  });
});

describe('generated code', () => {
  const port = (changes: Partial<AdapterPort>): AdapterPort => ({
    from: { name: 'x', dtype: 'float32', layout: 'NCHW', dims: [1, 3, 'h', 'w'] },
    to: { name: 'x', dtype: 'float32', layout: 'NCHW', dims: [1, 12, 'h/2', 'w/2'] },
    steps: [{ kind: 'unshuffle', block: 2, order: 'CRD' }],
    removed: null,
    lossy: null,
    ...changes,
  });
  const one = (changes: Partial<AdapterPort>): AdapterSpec => ({ version: 1, inputs: [port(changes)], outputs: [] });

  it('refuses odd sizes and sources of another size', () => {
    const { prepareX } = typescriptFunctions(generateAdapter(one({}), 'typescript'));
    expect(() => prepareX?.(new Float32Array(3 * 5 * 4), 1, 5, 4)).toThrow(/multiples of 2/);
    expect(() => prepareX?.(new Float32Array(3 * 4 * 4 + 1), 1, 4, 4)).toThrow(/another size/);
    expect(generateAdapter(one({}), 'c')).toContain('if (height % 2 != 0 || width % 2 != 0) return -1;');
    expect(generateAdapter(one({}), 'swift')).toContain('throw AdapterError.notAMultiple(of: 2)');
    expect(generateAdapter(one({}), 'metal')).toContain('multiples of 2');
  });

  it('handles specials as the steps say: NaN, infinities, ties, the ends of half precision', () => {
    const data = Float32Array.of(Number.NaN, Infinity, -Infinity, 0.5, 1.5, 2.5, -0.5, 65519, 65520, 6e-8, 2.9e-8, 300);
    const from = { name: 'x', dtype: 'float32', layout: 'NCHW', dims: [1, 1, 1, 12] } as const;
    const run = (steps: AdapterPort['steps'], dtype: PortDType): NumericArray => {
      const { prepareX } = typescriptFunctions(generateAdapter(one({ from, to: { ...from, dtype }, steps }), 'typescript'));
      const generated = prepareX?.(data, 1, 1, 12).data as NumericArray;
      expect(generated).toEqual(runSteps(steps, { dtype: 'float32', dims: [1, 1, 1, 12], data }, 'NCHW', dtype).data);
      return generated;
    };
    expect([...run([{ kind: 'round' }, { kind: 'cast', to: 'uint8' }], 'uint8')]).toEqual([0, 255, 0, 0, 2, 2, 0, 255, 255, 0, 0, 255]);
    const half = Tensor.fromNdArray({ dtype: 'float16', dims: [12], data: run([{ kind: 'cast', to: 'float16' }], 'float16') }).numbers();
    expect([...half]).toEqual([Number.NaN, Infinity, -Infinity, 0.5, 1.5, 2.5, -0.5, 65504, Infinity, 2 ** -24, 0, 300]);
  });

  it('is refused, with the layers named, where something was cut away that has no steps', () => {
    const removed = { tensor: 'T', nodes: ['Softmax_1', 'MatMul_2'], reason: 'these layers have no form as adapter steps' };
    for (const language of ['typescript', 'c', 'swift', 'metal'] as const) {
      expect(() => generateAdapter(one({ steps: [], removed }), language)).toThrow(UserError);
      expect(() => generateAdapter(one({ steps: [], removed }), language)).toThrow(/"T"/);
    }
  });

  it('keeps names apart and comments whole', () => {
    const two: AdapterSpec = {
      version: 1,
      inputs: [port({}), port({})],
      outputs: [port({ to: { name: '*/ evil() /*\n', dtype: 'float32', layout: 'NCHW', dims: [] } })],
    };
    expect(Object.keys(typescriptFunctions(generateAdapter(two, 'typescript')))).toEqual(['prepareX', 'prepareX2', 'restoreEvil']);
    const untouched = port({ steps: [], to: { name: 'plain', dtype: 'float32', layout: 'NCHW', dims: [1] } });
    for (const language of ['typescript', 'c', 'swift', 'metal'] as const)
      expect(generateAdapter({ ...two, inputs: [untouched] }, language)).toContain('As before: plain.');
  });
});

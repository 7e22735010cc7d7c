import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertToCoreml } from '../../../../../converters/coreml/convert.ts';
import { lowerModel } from '../../../../../converters/coreml/lower/lower-model.ts';
import { type MilOpset, releaseOf } from '../../../../../converters/coreml/plan.ts';
import { raised } from '../../../../../converters/coreml/prepare.ts';
import type { CoremlToolchain } from '../../../../../converters/coreml/toolchain.ts';
import { packageExecutor } from '../../../../../converters/coreml/translate/package-executor.ts';
import { type NamedArrays, type NdArray, UserError } from '../../../../../models/contracts/index.ts';
import type { Model } from '../../../../../models/graph/index.ts';
import { type GraphProto, type ModelProto, type NodeProto, Tensor } from '../../../../../models/onnx/index.ts';
import { type HostExecutor, seededInputs } from '../../../../../models/run/index.ts';
import { buildModel, toBytes } from '../../../../support/build-model.ts';
import type { GridCase } from './case.ts';

export interface GridOptions {
  readonly opset: MilOpset;
  readonly precision: 'fp16' | 'fp32';
  readonly linearAs?: 'linear' | 'conv';
}

/** Cases in one package: the conversion of many costs little more than that of one. */
const BATCH = 40;

/** Runs cases through lowering, coremltools and the translation of the package; what does not come out as it should, by case. */
export async function runGrid(cases: readonly GridCase[], toolchain: CoremlToolchain, host: HostExecutor, options: GridOptions): Promise<string[]> {
  const problems: string[] = [];
  const converted: Lowerable[] = [];
  for (const [index, grid] of cases.entries()) {
    const model = raised(buildModel(grid.spec));
    const refusal = refusalOf(model, options.opset, grid.strict !== true);
    const expected = grid.refused ?? (grid.since !== undefined && releaseOf(options.opset) < grid.since ? /need iOS/ : null);
    if (expected === null && refusal === null) converted.push({ grid, model, prefix: `c${index}_` });
    else if (expected === null) problems.push(`${grid.name}: refused: ${refusal}`);
    else if (refusal === null) problems.push(`${grid.name}: not refused, expected ${expected}`);
    else if (!expected.test(refusal)) problems.push(`${grid.name}: refused for another reason: ${refusal}`);
  }
  for (const batch of batches(converted)) problems.push(...(await runBatch(batch, toolchain, host, options)));
  return problems;
}

interface Lowerable { readonly grid: GridCase; readonly model: Model; readonly prefix: string }

function refusalOf(model: Model, opset: MilOpset, allowDtype: boolean): string | null {
  try {
    lowerModel(model, { opset, allowDtype });
    return null;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Only models of one version of ai.onnx are merged. */
function batches(cases: readonly Lowerable[]): Lowerable[][] {
  const byOpset = new Map<number, Lowerable[]>();
  for (const item of cases) byOpset.set(item.model.opset, [...(byOpset.get(item.model.opset) ?? []), item]);
  return [...byOpset.values()].flatMap((items) => Array.from({ length: Math.ceil(items.length / BATCH) }, (_, i) => items.slice(i * BATCH, (i + 1) * BATCH)));
}

async function runBatch(batch: readonly Lowerable[], toolchain: CoremlToolchain, host: HostExecutor, options: GridOptions): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-grid-'));
  try {
    const out = join(folder, 'grid.mlpackage');
    const { plan } = await convertToCoreml(toolchain, raised(merged(batch)), out, { ...options, allowDtype: true });
    const feeds = batch.map(({ grid }) => feedOf(grid));
    const sources = await host.runMany(batch.map(({ grid }, i) => ({ model: toBytes(buildModel(grid.spec)), feeds: [feeds[i] as NamedArrays] })));
    const names = new Map(plan.functions.flatMap((f) => [...f.inputs, ...f.outputs]).map(({ source, name }) => [source, name]));
    const feed = new Map(batch.flatMap(({ prefix }, i) => [...(feeds[i] as NamedArrays)].flatMap(([name, array]) => featureOf(names.get(`${prefix}${name}`), array))));
    const [outputs] = await packageExecutor(host).run(out, [feed]);
    return batch.flatMap(({ grid, prefix }, i) => {
      const source = sources[i];
      if (!source?.ok) return [`${grid.name}: ONNX Runtime refuses the case itself: ${source?.error.message}`];
      return [...(source.outputs[0] as NamedArrays)].flatMap(([name, expected]) => {
        const worst = difference(expected, outputs?.get(names.get(`${prefix}${name}`) ?? ''), options.precision);
        return worst === null ? [] : [`${grid.name}: ${name} ${worst}`];
      });
    });
  } catch (error) {
    if (batch.length === 1) return [`${batch[0]?.grid.name}: ${(error as Error).message}`];
    const half = Math.ceil(batch.length / 2);
    return [...(await runBatch(batch.slice(0, half), toolchain, host, options)), ...(await runBatch(batch.slice(half), toolchain, host, options))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function featureOf(name: string | undefined, array: NdArray): [string, NdArray][] {
  if (name === undefined) return [];
  const tensor = Tensor.fromNdArray(array);
  const isWhole = array.dtype === 'bool' || array.dtype === 'int64' || array.dtype === 'int32';
  return [[name, Tensor.of(isWhole ? 'int32' : 'float32', array.dims, tensor.numbers()).toNdArray()]];
}

function feedOf({ spec, name, ranges }: GridCase): NamedArrays {
  const specs = Object.entries(spec.inputs).map(([input, [dtype, dims]]) => ({ name: input, dtype, dims: dims ?? [], ...(ranges[input] ? { range: ranges[input] } : {}) }));
  const [feed] = seededInputs(specs, { seed: name.length, kinds: ['normal'] });
  return feed as NamedArrays;
}

/** Error beyond what rounding explains, as text; null where there is none. Infinities and NaN must be the same ones. */
function difference(expected: NdArray, actual: NdArray | undefined, precision: 'fp16' | 'fp32'): string | null {
  if (!actual) return 'is missing';
  if (String(expected.dims) !== String(actual.dims) && !(expected.dims.length === 0 && String(actual.dims) === '1')) return `has shape [${actual.dims}], not [${expected.dims}]`;
  const [a, b] = [Tensor.fromNdArray(expected).numbers(), Tensor.fromNdArray(actual).numbers()];
  const finite = a.filter(Number.isFinite);
  const scale = Math.max(1e-3, finite.reduce((most, value) => Math.max(most, Math.abs(value)), 0));
  const isWhole = !expected.dtype.startsWith('float');
  const limit = isWhole ? 0 : scale * (precision === 'fp16' ? 0.02 : 1e-5);
  const worst = a.findIndex((value, i) => !(Object.is(value, b[i]) || value === b[i] || Math.abs(value - (b[i] as number)) <= limit));
  return worst < 0 ? null : `is ${b[worst]} at ${worst}, not ${a[worst]}`;
}

/** All cases as one model, under names of their own. */
function merged(batch: readonly Lowerable[]): ModelProto {
  const graphs = batch.map(({ model, prefix }) => renamed(model.toProto().graph as GraphProto, prefix));
  const all = <K extends 'node' | 'input' | 'output' | 'initializer'>(key: K): NonNullable<GraphProto[K]> => graphs.flatMap((g) => (g[key] ?? []) as never[]) as NonNullable<GraphProto[K]>;
  return { irVersion: 8, opsetImport: [{ domain: '', version: batch[0]?.model.opset ?? 18 }], graph: { name: 'grid', node: all('node'), input: all('input'), output: all('output'), initializer: all('initializer') } };
}

function renamed(graph: GraphProto, prefix: string): GraphProto {
  const name = (text: string | null | undefined): string => (text ? `${prefix}${text}` : '');
  return {
    ...graph,
    node: (graph.node ?? []).map((node): NodeProto => ({ ...node, name: name(node.name), input: (node.input ?? []).map(name), output: (node.output ?? []).map(name) })),
    input: (graph.input ?? []).map((value) => ({ ...value, name: name(value.name) })),
    output: (graph.output ?? []).map((value) => ({ ...value, name: name(value.name) })),
    initializer: (graph.initializer ?? []).map((tensor) => ({ ...tensor, name: name(tensor.name) })),
  };
}

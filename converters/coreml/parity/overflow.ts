import type { NamedArrays } from '../../../models/contracts/index.ts';
import { attributeProtos } from '../../../models/graph/index.ts';
import { writeType } from '../../../models/graph/type-proto.ts';
import { type NodeProto, Tensor } from '../../../models/onnx/index.ts';
import type { HostExecutor } from '../../../models/run/index.ts';
import type { MilFunction, MilNamedType, MilOperation, MilProgram } from '../package/mil.ts';
import { isConstexpr } from '../package/summary.ts';
import { runTranslation } from '../translate/run-translation.ts';
import { translate, type Translation } from '../translate/translate.ts';

/** A value that fp16 cannot hold on these inputs. */
export interface Fp16Overflow {
  /** Name in the program, and the type of its operation. */
  readonly value: string;
  readonly operation: string;
  /** Largest magnitude where nothing is rounded. */
  readonly magnitude: number;
  /** Number of the feed. */
  readonly feed: number;
}

const FP16_MAX = 65504;

/**
 * Where a program leaves the range of fp16 on given feeds: the first values on each way through it that are finite when nothing is rounded,
 * and beyond 65504. What is infinite on purpose, as masks are, is none.
 */
export async function fp16Overflows(host: HostExecutor, program: MilProgram, body: MilFunction, feeds: readonly NamedArrays[]): Promise<Fp16Overflow[]> {
  const halves = body.body.operations.filter(({ type, outputs }) => type !== 'const' && !isConstexpr(type) && outputs.some(isHalf));
  if (halves.length === 0 || feeds.length === 0) return [];
  const values = halves.flatMap(({ outputs }) => outputs.filter(isHalf).map(({ name }) => name));
  const results = await runTranslation(host, withMagnitudes(translate(program, body.name, { rounding: false }), values), feeds);
  const worst = new Map(values.map((value) => [value, results.map((outputs) => Number(outputs.get(magnitudeOf(value))?.data[0] ?? 0))]));
  return firstOnEachWay(halves, worst);
}

function isHalf({ type }: MilNamedType): boolean {
  return type.kind === 'tensor' && type.dtype === 'fp16';
}

/** Values beyond the range that no value beyond it went into. */
function firstOnEachWay(operations: readonly MilOperation[], worst: ReadonlyMap<string, readonly number[]>): Fp16Overflow[] {
  const beyond = new Set<string>();
  return operations.flatMap(({ type, inputs, outputs }) => {
    const follows = [...inputs.values()].flat().some((argument) => typeof argument === 'string' && beyond.has(argument));
    return outputs.flatMap(({ name }): Fp16Overflow[] => {
      const magnitudes = worst.get(name) ?? [];
      const magnitude = Math.max(0, ...magnitudes);
      if (magnitude <= FP16_MAX && !follows) return [];
      beyond.add(name);
      return follows ? [] : [{ value: name, operation: type, magnitude, feed: magnitudes.indexOf(magnitude) }];
    });
  });
}

function magnitudeOf(value: string): string {
  return `${value}.magnitude`;
}

/** The largest finite magnitude of each value as a further output: all of them come out of one run. */
function withMagnitudes(translation: Translation, values: readonly string[]): Translation {
  const graph = translation.proto.graph ?? {};
  const nodes = values.flatMap((value): NodeProto[] => {
    const name = (step: string): string => `${value}.${step}`;
    const node = (opType: string, input: readonly string[], output: string, attributes: Readonly<Record<string, number>> = {}): NodeProto => ({
      opType, name: output, input: [...input], output: [output], attribute: attributeProtos(attributes),
    });
    const from = translation.values.get(value) ?? value;
    return [
      node('Abs', [from], name('absolute')), node('IsInf', [from], name('infinite')), node('Where', [name('infinite'), ZERO, name('absolute')], name('finite')),
      node('ReduceMax', [name('finite')], magnitudeOf(value), { keepdims: 0 }),
    ];
  });
  const outputs = values.map((value) => ({ name: magnitudeOf(value), type: writeType({ kind: 'tensor', dtype: 'float32', shape: [] }) }));
  const initializer = [...(graph.initializer ?? []), Tensor.of('float32', [], [0]).toProto(ZERO)];
  return { ...translation, proto: { ...translation.proto, graph: { ...graph, initializer, node: [...(graph.node ?? []), ...nodes], output: [...(graph.output ?? []), ...outputs] } } };
}

const ZERO = 'magnitude.zero';

import type { CoreMlModel, FunctionFace } from '../../converters/coreml/package/read-package.ts';
import { type FunctionSummary, isConstexpr, summariseFunction } from '../../converters/coreml/package/summary.ts';
import type { Feature } from '../../converters/coreml/package/features.ts';
import { formatMilType } from '../../converters/coreml/package/mil-type.ts';
import type { MilFunction } from '../../converters/coreml/package/mil.ts';

/** What is in a Core ML model, as `inspect` shows it. */
export interface PackageSummary {
  readonly kind: string;
  readonly specification: number;
  /** Least system that loads it. */
  readonly system: string;
  readonly bytes: { readonly model: number; readonly weights: number };
  readonly defaultFunction: string;
  readonly functions: readonly (FunctionFace & { readonly program: FunctionSummary | null })[];
  readonly network: CoreMlModel['network'];
  readonly metadata: Readonly<Record<string, string>>;
}

/** An operation of a program with what it makes. */
export interface OperationSummary {
  readonly function: string;
  readonly type: string;
  readonly outputs: readonly { readonly name: string; readonly type: string }[];
}

export function describePackage(model: CoreMlModel): PackageSummary {
  const { kind, specification, system, defaultFunction, network, program, metadata } = model;
  const named = Object.entries({ description: metadata.description, author: metadata.author, license: metadata.license, version: metadata.version }).filter(([, text]) => text !== '');
  return {
    kind, specification, system, defaultFunction, network,
    bytes: { model: model.modelBytes, weights: [...model.weightFiles.values()].reduce((a, b) => a + b, 0) },
    functions: model.functions.map((face) => {
      const body = program?.functions.get(face.name);
      return { ...face, program: body ? summariseFunction(body) : null };
    }),
    metadata: { ...Object.fromEntries(named), ...Object.fromEntries(metadata.custom) },
  };
}

/** Every operation that computes, function by function. */
export function describeOperations({ program }: CoreMlModel): OperationSummary[] {
  return [...(program?.functions.values() ?? [])].flatMap(operationsOf);
}

function operationsOf({ name, body }: MilFunction): OperationSummary[] {
  return body.operations
    .filter(({ type }) => type !== 'const' && !isConstexpr(type))
    .map(({ type, outputs }) => ({ function: name, type, outputs: outputs.map((output) => ({ name: output.name, type: formatMilType(output.type) })) }));
}

/** `float16[1, 3, 16..64, 8..128]`, `RGB image 24×16, or 32×32`. */
export function formatFeature({ type, optional }: Feature): string {
  return `${featureText(type)}${optional ? ', optional' : ''}`;
}

function featureText(type: Feature['type']): string {
  if (type.kind === 'image') {
    const { color, width, height, flexible } = type;
    if (flexible?.kind === 'enumerated') return `${color} image, width×height one of ${flexible.shapes.map(([h, w]) => `${w}×${h}`).join(', ')}`;
    if (flexible?.kind === 'range') return `${color} image, width×height ${flexible.ranges.map(rangeText).reverse().join('×')}`;
    return `${color} image ${width}×${height}`;
  }
  if (type.kind !== 'array' && type.kind !== 'state') return type.kind;
  if (type.flexible?.kind === 'enumerated') return `${type.dtype}, one of ${type.flexible.shapes.map((shape) => `[${shape.join(', ')}]`).join(' ')}`;
  if (type.flexible?.kind === 'range') return `${type.dtype}[${type.flexible.ranges.map(rangeText).join(', ')}], [${type.shape.join(', ')}] unless told`;
  return `${type.dtype}[${type.shape.length === 0 ? '…' : type.shape.join(', ')}]`;
}

function rangeText([low, high]: readonly [number, number | null]): string {
  return low === high ? String(low) : `${low}..${high ?? ''}`;
}

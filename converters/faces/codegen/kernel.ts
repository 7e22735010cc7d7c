import { BugError, UserError } from '../../../models/contracts/index.ts';
import { type AdapterPort, type AdapterSpec, describeStep, type Layout, type PortDType } from '../adapter-spec.ts';
import { functionNames } from './names.ts';
import { type Expression, type Operation, type Table, traceSteps } from './trace.ts';

/** One port as a loop over the elements of its target: where each comes from, and what is done to it. The same for every language. */
export interface Kernel {
  /** `prepare` for inputs, `restore` for outputs, then the words of the tensor's name. */
  readonly words: readonly string[];
  readonly port: AdapterPort;
  readonly source: Side;
  readonly target: Side;
  /** What height and width must be multiples of. */
  readonly multiple: number;
  /** Whole numbers to be computed for an element, in this order: coordinates further and further back to the source. */
  readonly coordinates: readonly { readonly name: string; readonly value: Expression }[];
  readonly operations: readonly Operation[];
  readonly tables: readonly Table[];
}

/** One side of a kernel. Sizes in terms of the source's `height` and `width`. */
export interface Side {
  readonly dtype: PortDType;
  readonly layout: Layout;
  readonly channels: number;
  readonly height: Expression;
  readonly width: Expression;
  /** Names of the coordinates of an element. */
  readonly at: { readonly channel: string; readonly row: string; readonly column: string };
}

const DTYPES: ReadonlySet<string> = new Set(['float32', 'float16', 'uint8']);

/**
 * Kernels of all ports that do something. Throws UserError where layers were cut away that no steps stand for, or an image has no known
 * number of channels.
 */
export function kernelsOf(spec: AdapterSpec): Kernel[] {
  const ports = [...spec.inputs.map((port) => ({ port, verb: 'prepare' })), ...spec.outputs.map((port) => ({ port, verb: 'restore' }))];
  const opaque = ports.find(({ port }) => port.removed)?.port.removed;
  if (opaque) {
    throw new UserError(`No code can stand for the layers that were cut away at "${opaque.tensor}": ${opaque.reason}.`, [
      `Run them where you like: ${opaque.nodes.slice(0, 8).join(', ')}${opaque.nodes.length > 8 ? ', …' : ''}.`,
      'Or cut elsewhere.',
    ]);
  }
  const busy = ports.filter(({ port }) => port.steps.length > 0);
  const names = functionNames(busy.map(({ port, verb }) => [verb, port.to.name]));
  return busy.map(({ port }, i) => kernelOf(port, names[i] as string[]));
}

function kernelOf(port: AdapterPort, words: readonly string[]): Kernel {
  const { from, to } = port;
  const channels = from.dims[from.layout === 'NCHW' ? 1 : 3];
  if (typeof channels !== 'number')
    throw new UserError(`The number of channels of "${from.name}" is not known, so no code can be generated.`, [
      'Give it a static shape: --static NAME=1x3x256x256.',
    ]);
  if (!DTYPES.has(from.dtype) || !DTYPES.has(to.dtype)) throw new BugError(`An adapter step works on ${from.dtype} and ${to.dtype}.`);
  const trace = traceSteps(port.steps, channels);
  return {
    words,
    port,
    coordinates: trace.coordinates,
    operations: withoutLast(trace.operations, to.dtype),
    tables: trace.tables,
    multiple: trace.multiple,
    source: { dtype: from.dtype as PortDType, layout: from.layout, channels, height: 'height', width: 'width', at: trace.source },
    target: {
      dtype: to.dtype as PortDType,
      layout: to.layout,
      channels: trace.channels,
      height: trace.height,
      width: trace.width,
      at: trace.target,
    },
  };
}

/** Storing as half precision rounds anyway. */
function withoutLast(operations: readonly Operation[], dtype: string): readonly Operation[] {
  const last = operations.at(-1);
  return last?.kind === 'cast' && last.to === 'float16' && dtype === 'float16' ? operations.slice(0, -1) : operations;
}

/** What each kernel does, a line a step. */
export function kernelSteps({ port }: Kernel): string[] {
  const tensor = ({ name, dtype, layout, dims }: AdapterPort['from']): string =>
    `"${name}", ${dtype} ${layout} [${dims.map((dim) => dim ?? '?').join(', ')}]`;
  return [`From ${tensor(port.from)} to ${tensor(port.to)}:`, ...port.steps.map((step, i) => `${i + 1}. ${describeStep(step)}`)].map(
    inComment,
  );
}

/** What a generated file begins with: what it is, how to build it, and the ports that stay as they are. Without comment marks. */
export function bannerLines({ inputs, outputs }: AdapterSpec, ...notes: readonly string[]): string[] {
  const unchanged = [...inputs, ...outputs]
    .filter(({ steps, removed }) => steps.length === 0 && !removed)
    .map(({ to }) => inComment(to.name));
  return [
    'Reference implementation of an adapter, written by npu-dyno: what to do to the inputs and outputs of the',
    'converted model so that it computes what the original does.',
    ...notes,
    ...(unchanged.length > 0 ? [`As before: ${unchanged.join(', ')}.`] : []),
  ];
}

/** Names of tensors may hold anything, the end of a comment too. */
function inComment(text: string): string {
  return text
    .replaceAll('*/', '* /')
    .replaceAll('/*', '/ *')
    .replace(/[\r\n\u2028\u2029]/g, ' ');
}

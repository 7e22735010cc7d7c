import { UserError } from '../contracts/errors.ts';
import type { ModelProto } from '../onnx/proto.ts';
import { networkNamed } from './catalog.ts';
import { metadataFor } from './metadata.ts';
import type { Form, Network } from './network.ts';
import { Trace, type Traced } from './trace/trace.ts';
import { randomWeights, type Weights } from './trace/weights.ts';

export interface GenerateOptions {
  /** The network's usual one unless told. */
  readonly scale?: number;
  readonly form?: Form;
  /** Height and width of the input; 128×128 unless told. */
  readonly size?: readonly [height: number, width: number];
  readonly batch?: number;
  /** Height and width stay open: `height`, `width`. */
  readonly dynamic?: boolean;
  /** Version of ai.onnx, 10 to 20; 17 unless told. */
  readonly opset?: number;
  /** Random ones of seed 1 unless told. */
  readonly weights?: Weights;
}

export interface Generated {
  readonly model: ModelProto;
  readonly network: Network;
  readonly scale: number;
  readonly form: Form;
  /** Trained numbers, as papers count them. */
  readonly parameters: number;
}

/**
 * A network of the zoo as PyTorch would export it. The same name and options give the same bytes on every machine; the model's metadata say
 * which network it is and what its weights are. Throws UserError for what the network is not defined for.
 */
export function generateNetwork(name: string, options: GenerateOptions = {}): Generated {
  const network = networkNamed(name);
  const { opset = 17, batch = 1, dynamic = false, weights = randomWeights(1) } = options;
  const [scale, form] = [scaleOf(network, options.scale), formOf(network, options.form)];
  const [height, width] = options.size ?? [128, 128];
  refuseOpset(network, opset);
  if (dynamic) refuseDynamic(network);
  else refuseSize(network, scale, height, width);
  const t = new Trace({ opset, weights });
  const shape = dynamic ? [batch, network.channels, null, null] : [batch, network.channels, height, width];
  const x = t.input('input', network.dtype ?? 'float32', shape, dynamic ? [batch, network.channels, 'height', 'width'] : shape);
  const result = network.build(t, x, scale, form);
  return { model: t.toModel(result, outputDims(result), metadataFor(network, scale, form, weights)), network, scale, form, parameters: t.parameterCount };
}

/** Trained numbers of a network, without making them. */
export function countParameters(network: Network, scale: number, form: Form): number {
  const t = new Trace({ opset: 17, weights: randomWeights(1) });
  const side = 2 * Math.max(network.smallest ?? 8, network.multiple?.(scale) ?? 1);
  network.build(t, t.input('input', network.dtype ?? 'float32', [1, network.channels, side, side]), scale, form);
  return t.parameterCount;
}

function outputDims({ shape }: Traced): (number | string | null)[] {
  return shape.map((side, axis) => side ?? (axis === 2 ? 'out_height' : 'out_width'));
}

function scaleOf({ name, scales }: Network, scale = scales[0] as number): number {
  if (scales.includes(scale)) return scale;
  throw new UserError(`${name} is not defined for ×${scale}.`, [`Scales: ${scales.join(', ')}.`]);
}

function formOf({ name, forms }: Network, form = forms[0] as Form): Form {
  if (forms.includes(form)) return form;
  const why = form === 'deploy' ? 'ships as it is trained' : 'is described collapsed only';
  throw new UserError(`${name} has no form "${form}": it ${why}.`, [`Leave --form out, or give ${forms.join(' or ')}.`]);
}

const OPSETS = [10, 20] as const;

function refuseOpset({ name, opset: lowest = OPSETS[0] }: Network, opset: number): void {
  if (Number.isInteger(opset) && opset >= lowest && opset <= OPSETS[1]) return;
  throw new UserError(`${name} is not written for opset ${opset}.`, [`Give --opset ${lowest} to ${OPSETS[1]}.`]);
}

function refuseDynamic({ name, dynamic }: Network): void {
  if (dynamic === false) throw new UserError(`${name} has its sizes in the graph, as its exports have.`, ['Leave --dynamic out and give --size HEIGHTxWIDTH.']);
}

function refuseSize({ name, multiple, smallest = 1 }: Network, scale: number, height: number, width: number): void {
  const step = multiple?.(scale) ?? 1;
  const fits = [height, width].every((side) => Number.isInteger(side) && side >= smallest && side % step === 0);
  if (fits) return;
  const wanted = [...(step > 1 ? [`multiples of ${step}`] : ['whole numbers']), `at least ${Math.max(smallest, step)}`].join(', ');
  throw new UserError(`${name} does not take ${height}×${width}.`, [`Height and width must be ${wanted}.`]);
}

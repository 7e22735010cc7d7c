import { UserError } from '../../models/contracts/errors.ts';

/** What has to be done for a figure. */
export type Need = 'build' | 'compile' | 'place' | 'estimate' | 'bench' | 'quality' | 'compare';

/** A figure that a table can show. */
export interface Figure {
  readonly name: string;
  readonly title: string;
  readonly unit: string;
  readonly better: 'lower' | 'higher' | null;
  readonly need: Need;
  /** What may stand after slashes: the places of a time, of a score, or a target. */
  readonly selectors: 'none' | 'target' | 'place' | 'score';
  /** Whether it depends on the size of the input. */
  readonly sized: boolean;
  /** One line for people. */
  readonly about: string;
}

const figure = (name: string, title: string, unit: string, need: Need, better: Figure['better'], about: string, more: Partial<Figure> = {}): Figure =>
  ({ name, title, unit, need, better, about, selectors: 'none', sized: false, ...more });

/** Every figure that `columns` may name. */
export const CATALOGUE: readonly Figure[] = [
  figure('parameters', 'parameters', 'count', 'build', 'lower', 'Trained numbers; of zoo networks as papers count them, of other files elements of weights.'),
  figure('macs', 'MACs', 'count', 'build', 'lower', 'Multiply-accumulates at this size.', { sized: true }),
  figure('nodes', 'nodes', 'count', 'build', 'lower', 'Nodes of the graph.'),
  figure('rank', 'rank', 'count', 'build', 'lower', 'Highest rank of a value.'),
  figure('size', 'file', 'bytes', 'build', 'lower', 'The ONNX file with its data files.'),
  figure('deflated', 'deflated', 'bytes', 'build', 'lower', 'The same after deflate at zlib’s usual level, as app packages store files.'),
  figure('sparsity', 'sparsity', '%', 'build', 'higher', 'Share of weights that are exactly zero.'),
  figure('activations', 'activations', 'bytes', 'build', 'lower', 'Most bytes of values that are alive at once, nodes in the file’s order.', { sized: true }),
  figure('moved', 'moved', 'bytes', 'compile', 'lower', 'Bytes over the memory bus for one inference: compiled traffic with a target, else the lower bound inputs + outputs + weights.', { selectors: 'target', sized: true }),
  figure('placement', 'off unit', 'nodes', 'place', 'lower', 'Nodes that stay off the unit of a target: by the rules, for HTP by its compiler where that is here.', { selectors: 'target', sized: true }),
  figure('estimate', 'estimate', 'ms', 'estimate', 'lower', 'Latency on a Snapdragon’s HTP from compiled traffic and MACs, with its band.', { selectors: 'target', sized: true }),
  figure('latency', 'latency', 'ms', 'bench', 'lower', 'Geometric mean of block medians, with its interval.', { selectors: 'place', sized: true }),
  figure('speedup', 'speedup', '×', 'bench', 'higher', 'Latency of the baseline over this one’s, by pairs of blocks.', { selectors: 'place', sized: true }),
  figure('memory', 'memory', 'bytes', 'bench', 'lower', 'Peak of the process that runs the model.', { selectors: 'place', sized: true }),
  figure('load', 'load', 'ms', 'bench', 'lower', 'Time to load the model, median of launches.', { selectors: 'place', sized: true }),
  figure('quality', 'quality', 'dB', 'quality', 'higher', 'Mean score on a set of pictures under a protocol.', { selectors: 'score' }),
  figure('drop', 'drop', 'dB', 'quality', 'lower', 'What is lost against the baseline on the same pictures, with its paired interval.', { selectors: 'score' }),
  figure('gain', 'over bicubic', 'dB', 'quality', 'higher', 'What is gained over bicubic interpolation on the same pictures, with its paired interval.', { selectors: 'score' }),
  figure('agreement', 'agreement', 'dB', 'compare', 'higher', 'Signal over difference of the output against the baseline’s on one seeded input: also for untrained networks.'),
];

/** The figure of that name. Throws UserError naming all. */
export function figureNamed(name: string): Figure {
  const found = CATALOGUE.find((one) => one.name === name);
  if (found) return found;
  throw new UserError(`There is no figure "${name}".`, [`Figures: ${CATALOGUE.map((one) => one.name).join(', ')}.`]);
}

import { UserError } from '../../../models/contracts/errors.ts';
import type { NamedArrays } from '../../../models/contracts/executor.ts';
import type { NdArray } from '../../../models/contracts/ndarray.ts';
import { topClasses } from './class-scores.ts';
import { type TensorDifference, tensorDifference } from './tensor-difference.ts';
import type { TensorMetric } from './tensor-metric.ts';

export interface OutputScore {
  readonly value: number;
  /** Outputs hold NaN or infinity where the reference does not. */
  readonly finite: boolean;
}

/**
 * What a model's outputs for one input are worth under a metric. Outputs belong together by name; where names differ and their number is the same,
 * by place. Throws UserError for outputs that do not belong together, and for an input without its label.
 */
export function scoreOutputs(metric: TensorMetric, outputs: NamedArrays, reference: NamedArrays, label: number | null): OutputScore {
  switch (metric.metric) {
    case 'agree': return agreement(metric, outputs, reference);
    case 'accuracy': return accuracy(metric, outputs, label as number);
    default: return difference(metric.metric, chosenPairs(metric, outputs, reference));
  }
}

/** The output that agrees least stands for all. */
function difference(metric: 'sqnr' | 'cosine' | 'max', pairs: readonly Pair[]): OutputScore {
  const found = pairs.map(({ theirs, ours }): TensorDifference => tensorDifference(theirs, ours));
  const values = found.map((one) => one[metric]);
  return { value: metric === 'max' ? Math.max(...values) : Math.min(...values), finite: found.every(({ finite }) => finite) };
}

function agreement(metric: TensorMetric, outputs: NamedArrays, reference: NamedArrays): OutputScore {
  const { name, ours, theirs } = chosenPairs(metric, outputs, reference)[0] as Pair;
  const [mine, wanted] = [topClasses(ours, metric.top, name), topClasses(theirs, metric.top, name)];
  if (!mine || !wanted) return { value: 0, finite: false };
  return { value: wanted.every((one) => mine.includes(one)) ? 1 : 0, finite: true };
}

function accuracy({ top, output }: TensorMetric, outputs: NamedArrays, label: number): OutputScore {
  const name = output ?? ([...outputs.keys()][0] as string);
  const scores = outputs.get(name);
  if (!scores) throw noOutput(name, outputs);
  const classes = topClasses(scores, top, name);
  if (label >= scores.data.length) throw new UserError(`The label ${label} is beyond the ${scores.data.length} classes of the output "${name}".`, ['Labels count from 0.']);
  return { value: classes?.includes(label) ? 1 : 0, finite: classes !== null };
}

interface Pair {
  readonly name: string;
  readonly ours: NdArray;
  readonly theirs: NdArray;
}

function chosenPairs({ output }: TensorMetric, outputs: NamedArrays, reference: NamedArrays): Pair[] {
  if (output !== null && !reference.has(output)) throw noOutput(output, reference);
  const sameNames = [...reference.keys()].every((name) => outputs.has(name));
  if (!sameNames && outputs.size !== reference.size) {
    throw new UserError(`The outputs ${[...outputs.keys()].join(', ')} cannot be compared with ${[...reference.keys()].join(', ')} of the reference.`, ['Compare models with the same outputs.']);
  }
  const byPlace = [...outputs.values()];
  return [...reference].flatMap(([name, theirs], place): Pair[] => {
    if (output !== null && name !== output) return [];
    const ours = (sameNames ? outputs.get(name) : byPlace[place]) as NdArray;
    if (ours.data.length !== theirs.data.length) {
      throw new UserError(`The output "${name}" has the shape [${ours.dims.join(', ')}], that of the reference [${theirs.dims.join(', ')}].`, ['Compare models with the same outputs.']);
    }
    return [{ name, ours, theirs }];
  });
}

function noOutput(name: string, outputs: NamedArrays): UserError {
  return new UserError(`The model has no output "${name}".`, [`Its outputs: ${[...outputs.keys()].join(', ')}.`]);
}

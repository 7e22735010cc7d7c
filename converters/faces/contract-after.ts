import type { InputContract } from '../../models/contracts/index.ts';
import type { AdapterStep, ArithmeticOp, PortTensor } from './adapter-spec.ts';

/**
 * The contract of the new input. Model input = (pixel − mean) / std is followed through the steps: arithmetic changes mean and std, channel
 * movement reorders them, an 8-bit face of pixels counts 0 to 255. A tensor of unshuffled pixels is no image any more.
 */
export function contractAfter(contract: InputContract, steps: readonly AdapterStep[], to: PortTensor): InputContract {
  let after: InputContract = {
    ...contract,
    name: to.name,
    layout: to.layout,
    shape: to.dims.map((dim) => (typeof dim === 'number' ? dim : null)),
  };
  for (const step of steps) after = follow(after, step);
  const dtype = ['float32', 'float16', 'uint8'].includes(to.dtype) ? (to.dtype as InputContract['dtype']) : after.dtype;
  return dtype === 'uint8' && contract.dtype !== 'uint8' ? levels({ ...after, dtype }) : { ...after, dtype };
}

function follow(contract: InputContract, step: AdapterStep): InputContract {
  switch (step.kind) {
    case 'arithmetic':
      return arithmetic(contract, step.op, step.values);
    case 'unshuffle':
      return spread(contract, step.block * step.block, step.order === 'CRD');
    case 'shuffle':
      return { ...contract, kind: 'tensor' };
    case 'gatherChannels':
      return gather(contract, step.indices);
    default:
      return contract;
  }
}

/** ((p − m) / s) ∘ v written as (p − m′) / s′. */
function arithmetic(contract: InputContract, op: ArithmeticOp, values: readonly number[]): InputContract {
  const count = Math.max(values.length, contract.mean.length, contract.std.length);
  const at = (list: readonly number[], i: number): number => list[list.length === 1 ? 0 : i] as number;
  const changed = Array.from({ length: count }, (_, i): [mean: number, std: number] => {
    const [m, s, v] = [at(contract.mean, i), at(contract.std, i), at(values, i)];
    if (op === 'multiply') return [m, s / v];
    if (op === 'divide') return [m, s * v];
    return [op === 'add' ? m - v * s : m + v * s, s];
  });
  return { ...contract, mean: changed.map(([mean]) => tidy(mean)), std: changed.map(([, std]) => tidy(std)) };
}

/** Each channel becomes `times` ones; CRD keeps those of one channel together. */
function spread(contract: InputContract, times: number, together: boolean): InputContract {
  const repeat = (list: readonly number[]): readonly number[] => {
    if (list.length === 1) return list;
    return together ? list.flatMap((value) => Array<number>(times).fill(value)) : Array.from({ length: times }, () => list).flat();
  };
  return { ...contract, kind: 'tensor', mean: repeat(contract.mean), std: repeat(contract.std) };
}

function gather(contract: InputContract, indices: readonly number[]): InputContract {
  const take = (list: readonly number[]): readonly number[] => (list.length === 1 ? list : indices.map((index) => list[index] as number));
  const flipped: Partial<Record<InputContract['color'], InputContract['color']>> = { rgb: 'bgr', bgr: 'rgb' };
  const color = indices.join() === '2,1,0' ? (flipped[contract.color] ?? contract.color) : contract.color;
  const kept = indices.join() === '2,1,0' || indices.every((index, i) => index === i);
  return { ...contract, kind: kept ? contract.kind : 'tensor', color, mean: take(contract.mean), std: take(contract.std) };
}

/** 8-bit pixels: what was `range` is 0 to 255 now. */
function levels(contract: InputContract): InputContract {
  return { ...contract, range: [0, 255], mean: [0], std: [1] };
}

/** Without the last bits that float32 parameters left. */
function tidy(value: number): number {
  const rounded = Number(value.toPrecision(7));
  return Math.abs(rounded) < 1e-9 ? 0 : rounded;
}

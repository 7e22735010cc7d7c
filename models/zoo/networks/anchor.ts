import { convNode } from '../trace/convolution.ts';
import type { Trace, Traced } from '../trace/trace.ts';

/**
 * The long residual as a convolution: each colour repeated `repeats` times, so that behind a depth-to-space the picture comes out enlarged by
 * its nearest pixels. `noise` is what training has moved it by; 0 where it is frozen.
 */
export function anchor(t: Trace, x: Traced, repeats: number, { kernel = 1, stride = 1, noise = 0 } = {}): Traced {
  const colours = x.shape[1] as number;
  const dims = [colours * repeats, colours, kernel, kernel];
  return t.within('anchor', () => t.within('net', () => {
    const path = t.path('weight');
    const drawn = (): Float64Array => t.weights.draw(path, dims, -noise, noise);
    const weight = t.derived('weight', dims, t.weights.trained ? drawn : () => repeated(drawn(), colours, repeats, kernel));
    const bias = t.parameter('bias', [colours * repeats], 0, 0);
    return convNode(t, x, weight, bias, { stride });
  }));
}

function repeated(values: Float64Array, colours: number, repeats: number, kernel: number): Float64Array {
  for (let output = 0; output < colours * repeats; output++) {
    const at = (output * colours + Math.floor(output / repeats)) * kernel ** 2 + (kernel ** 2 - 1) / 2;
    values[at] = (values[at] as number) + 1;
  }
  return values;
}

import { Tensor } from '../../models/onnx/index.ts';

const LARGEST = { float16: 65504, bfloat16: 3.3895313892515355e38 } as const;

/** Rounds tensors to 16 bits and keeps count of what that does to them. */
export class Rounding {
  readonly #dtype: 'float16' | 'bfloat16';
  #absolute = 0;
  #relative = 0;
  #vanished = 0;

  constructor(dtype: 'float16' | 'bfloat16') {
    this.#dtype = dtype;
  }

  /** The tensor, each value rounded once to nearest even; the reason where a finite value would become infinite. NaN and Inf stay what they are. */
  round(tensor: Tensor): Tensor | string {
    const values = tensor.numbers();
    const rounded = Tensor.of(this.#dtype, tensor.dims, values);
    const now = rounded.numbers();
    const lost = values.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(now[i]));
    if (lost >= 0) return `it holds ${shown(values[lost] as number)}, and ${this.#dtype} ends at ${shown(LARGEST[this.#dtype])}`;
    for (const [i, value] of values.entries()) if (Number.isFinite(value)) this.#count(value, now[i] as number);
    return rounded;
  }

  get facts(): Readonly<Record<string, number>> {
    return { 'largest rounding error': this.#absolute, 'largest relative error': this.#relative, 'values that became zero': this.#vanished };
  }

  #count(value: number, rounded: number): void {
    const error = Math.abs(value - rounded);
    this.#absolute = Math.max(this.#absolute, error);
    if (value !== 0) this.#relative = Math.max(this.#relative, error / Math.abs(value));
    if (value !== 0 && rounded === 0) this.#vanished++;
  }
}

function shown(value: number): string {
  return String(Number(value.toPrecision(5)));
}

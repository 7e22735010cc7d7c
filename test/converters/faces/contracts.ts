import type { InputContract } from '../../../models/contracts/index.ts';

/** The contract of one image input, RGB in [0, 1] unless told. */
export function contractFor(name: string, changes: Partial<InputContract> = {}): ReadonlyMap<string, InputContract> {
  return new Map([
    [
      name,
      {
        name,
        kind: 'image',
        color: 'rgb',
        range: [0, 1],
        mean: [0],
        std: [1],
        layout: 'NCHW',
        dtype: 'float32',
        shape: [null, null, null, null],
        ...changes,
      },
    ],
  ]);
}

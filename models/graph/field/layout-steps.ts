import { type Digit, mixed, NotLocal, plain, sizeOf, type View, withDim } from './view.ts';

/** The view after a Reshape to `shape`: digits keep their order and are split where a dimension ends inside of one. Throws NotLocal where none divides. */
export function reshaped(view: View, shape: readonly number[]): View {
  const rest: Digit[] = view.dims.flat();
  const dims = shape.map((size): Digit[] => {
    const dim: Digit[] = [];
    for (let left = size; left > 1; ) {
      const digit = rest.shift();
      if (!digit) throw new NotLocal('unknown', 'its shape is not known');
      if (left % digit.extent === 0) {
        dim.push(digit);
        left /= digit.extent;
      } else if (digit.extent % left === 0) {
        const lower = digit.extent / left;
        dim.push({ ...digit, pitch: digit.pitch * lower, extent: left });
        rest.unshift({ ...digit, extent: lower, open: false });
        left = 1;
      } else throw new NotLocal('unknown', 'its dimensions are cut across rows or columns');
    }
    return dim;
  });
  return { ...view, dims };
}

export function transposed(view: View, perm: readonly number[] | undefined): View {
  const order = perm ?? view.dims.map((_, i) => i).reverse();
  return { ...view, dims: order.map((from) => view.dims[from] as readonly Digit[]) };
}

/** DepthToSpace on NCHW, in the order of either mode. */
export function depthToSpace(view: View, block: number, mode: string): View {
  const [n, c, h, w] = view.dims.map(sizeOf) as [number, number, number, number];
  const depth = c / (block * block);
  const apart = mode === 'CRD' ? [n, depth, block, block, h, w] : [n, block, block, depth, h, w];
  const moved = transposed(reshaped(view, apart), mode === 'CRD' ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2]);
  return reshaped(moved, [n, depth, h * block, w * block]);
}

/** SpaceToDepth on NCHW. */
export function spaceToDepth(view: View, block: number): View {
  const [n, c, h, w] = view.dims.map(sizeOf) as [number, number, number, number];
  const moved = transposed(reshaped(view, [n, c, h / block, block, w / block, block]), [0, 3, 5, 1, 2, 4]);
  return reshaped(moved, [n, c * block * block, h / block, w / block]);
}

/** The view where places of a dimension are chosen, joined or cut, and it has `extent` then; the dimension must not grow with the picture. */
export function rearranged(view: View, index: number, extent: number): View {
  const dim = view.dims[index] ?? [];
  if (dim.some(({ open }) => open)) throw new NotLocal('unknown', 'it cuts or joins the picture itself');
  return dim.some(({ axis }) => axis !== null) ? mixed(view, index, extent) : withDim(view, index, plain(extent));
}

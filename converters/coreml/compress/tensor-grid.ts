/** Groups of elements of a tensor: each axis is cut into as many parts as `parts` says, and elements of one part of all axes belong together. */
export interface TensorGrid {
  readonly dims: readonly number[];
  readonly parts: readonly number[];
  readonly count: number;
  /** Number of the group that an element is in, groups counted as a tensor of `parts`. */
  groupOf(element: number): number;
}

export function tensorGrid(dims: readonly number[], parts: readonly number[]): TensorGrid {
  const sizes = dims.map((dim, axis) => dim / (parts[axis] as number));
  return {
    dims, parts, count: parts.reduce((a, b) => a * b, 1),
    groupOf(element) {
      let [rest, group, stride] = [element, 0, 1];
      for (let axis = dims.length - 1; axis >= 0; axis--) {
        const dim = dims[axis] as number;
        group += Math.floor((rest % dim) / (sizes[axis] as number)) * stride;
        rest = Math.floor(rest / dim);
        stride *= parts[axis] as number;
      }
      return group;
    },
  };
}

/** The elements of each group, in order. */
export function elementsByGroup({ count, dims, groupOf }: TensorGrid): Int32Array[] {
  const size = dims.reduce((a, b) => a * b, 1);
  const groups = Int32Array.from({ length: size }, (_, element) => groupOf(element));
  const sizes = new Int32Array(count);
  for (const group of groups) sizes[group] = (sizes[group] as number) + 1;
  const members = Array.from(sizes, (length) => new Int32Array(length));
  const filled = new Int32Array(count);
  groups.forEach((group, element) => {
    (members[group] as Int32Array)[filled[group] as number] = element;
    filled[group] = (filled[group] as number) + 1;
  });
  return members;
}

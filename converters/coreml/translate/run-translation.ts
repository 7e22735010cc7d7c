import { dtypeName, type NamedArrays, type RunOptions, UserError } from '../../../models/contracts/index.ts';
import { encodeModel, Tensor } from '../../../models/onnx/index.ts';
import type { HostExecutor } from '../../../models/run/index.ts';
import type { Translation } from './translate.ts';

/**
 * Runs a translated program once per feed. Feeds are converted to the element types of the program's inputs; `fetch` names
 * values of the program. Throws UserError for values that it does not compute.
 */
export async function runTranslation(host: HostExecutor, translation: Translation, feeds: readonly NamedArrays[], options: RunOptions = {}): Promise<NamedArrays[]> {
  const fetched = new Map((options.fetch ?? []).map((name) => [onnxValue(translation, name), name]));
  const results = await host.runBytes(encodeModel(translation.proto), feeds.map((feed) => asFed(feed, translation)), { ...options, fetch: [...fetched.keys()] });
  return results.map((outputs) => new Map([...outputs].map(([name, array]) => [fetched.get(name) ?? name, array])));
}

function onnxValue({ values }: Translation, name: string): string {
  const value = values.get(name);
  if (value === undefined) throw new UserError(`The program computes no "${name}".`, ['dyno inspect --nodes lists what it computes.']);
  return value;
}

function asFed(feed: NamedArrays, { proto }: Translation): NamedArrays {
  const types = new Map((proto.graph?.input ?? []).map(({ name, type }) => [name, dtypeName(type?.tensorType?.elemType ?? 0)]));
  return new Map([...feed].map(([name, array]) => {
    const dtype = types.get(name) ?? array.dtype;
    return [name, array.dtype === dtype ? array : Tensor.of(dtype, array.dims, Tensor.fromNdArray(array).numbers()).toNdArray()];
  }));
}

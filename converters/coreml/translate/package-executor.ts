import { type Executor, type NamedArrays, type NdArray, UserError } from '../../../models/contracts/index.ts';
import { encodeModel, Tensor } from '../../../models/onnx/index.ts';
import type { HostExecutor } from '../../../models/run/index.ts';
import { readPackage } from '../package/read-package.ts';
import { type Translation, translate } from './translate.ts';

/**
 * Core ML packages as models that this machine runs, by translation to ONNX: outputs are `verified(host)`, never a phone's. Inputs of the
 * program may be fed in float32 or as whole numbers where they are fp16; images are tensors NCHW in the range and order of channels that
 * the program takes. `fetch` names values of the program. Closing leaves `host` open.
 */
export function packageExecutor(host: HostExecutor, options: { readonly function?: string } = {}): Executor {
  return {
    id: 'coreml-translation',
    run: async (path, feeds, runOptions = {}) => {
      const model = readPackage(path);
      if (!model.program) throw new UserError(`${path} is a ${model.kind}: only ML programs are executed here.`, ['Convert the model again, for iOS 15 or later.']);
      const translation = translate(model.program, options.function ?? model.defaultFunction);
      const fetched = new Map((runOptions.fetch ?? []).map((name) => [valueOf(translation, name), name]));
      const bytes = encodeModel(translation.proto);
      const results = await host.runBytes(bytes, feeds.map((feed) => asFed(feed, translation)), { ...runOptions, fetch: [...fetched.keys()] });
      return results.map((outputs) => new Map([...outputs].map(([name, array]) => [fetched.get(name) ?? name, array])));
    },
    close: async () => {},
  };
}

function valueOf({ values }: Translation, name: string): string {
  const value = values.get(name);
  if (value === undefined) throw new UserError(`The program computes no "${name}".`, ['dyno inspect --nodes lists what it computes.']);
  return value;
}

/** Feeds in the element types of the program's inputs. */
function asFed(feed: NamedArrays, { proto }: Translation): NamedArrays {
  const types = new Map((proto.graph?.input ?? []).map(({ name, type }) => [name, type?.tensorType?.elemType]));
  return new Map([...feed].map(([name, array]) => [name, types.get(name) === FLOAT16 ? converted(array, 'float16') : types.get(name) === FLOAT32 ? converted(array, 'float32') : array]));
}

const FLOAT16 = 10;
const FLOAT32 = 1;

function converted(array: NdArray, dtype: 'float16' | 'float32'): NdArray {
  return array.dtype === dtype ? array : Tensor.of(dtype, array.dims, Tensor.fromNdArray(array).numbers()).toNdArray();
}

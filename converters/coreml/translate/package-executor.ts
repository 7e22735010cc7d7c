import { type Executor, UserError } from '../../../models/contracts/index.ts';
import type { HostExecutor } from '../../../models/run/index.ts';
import type { MilFunction } from '../package/mil.ts';
import { type CoreMlModel, readPackage } from '../package/read-package.ts';
import { runTranslation } from './run-translation.ts';
import { translate } from './translate.ts';

/**
 * Core ML packages as models that this machine runs, by translation to ONNX: outputs are `verified(host)`, never a phone's. Inputs of the
 * program may be fed in float32 or as whole numbers where they are fp16; images are tensors NCHW in the range and order of channels that
 * the program takes. `fetch` names values of the program. Closing leaves `host` open.
 */
export function packageExecutor(host: HostExecutor, options: { readonly function?: string } = {}): Executor {
  return {
    id: 'coreml-translation',
    run: async (path, feeds, runOptions = {}) => {
      const { program, body } = programOf(readPackage(path), options.function);
      return runTranslation(host, translate(program, body.name), feeds, runOptions);
    },
    close: async () => {},
  };
}

/** The program of a model and one function of it, the default one unless named. Throws UserError where there is none. */
export function programOf(model: CoreMlModel, name = model.defaultFunction): { readonly program: NonNullable<CoreMlModel['program']>; readonly body: MilFunction } {
  const { program, path, kind } = model;
  if (!program) throw new UserError(`${path} is a ${kind}: only ML programs are executed here.`, ['Convert the model again, for iOS 15 or later.']);
  const body = program.functions.get(name);
  if (!body) throw new UserError(`${path} has no function "${name}".`, [`Functions: ${[...program.functions.keys()].join(', ')}.`]);
  return { program, body };
}

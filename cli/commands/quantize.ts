import { resolve } from 'node:path';
import { encodingsText } from '../../converters/encodings/convert.ts';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { plural } from '../ui/numbers.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';
import { quantizeFor } from '../work/quantize-model.ts';
import { writeFileSafely } from '../write-file.ts';

interface QuantizeOptions {
  readonly out?: string;
  readonly encodings?: string;
}

/** `dyno quantize`: a QDQ model from a float one and pictures. */
export const quantize: Handler<QuantizeOptions> = async (args, options, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const ref = modelRef(args[0] as string, config, cwd);
  const { scheme, methods, percentile } = config.quantize;
  const method = methods[0] ?? 'minmax';
  const out = resolve(cwd, options.out ?? ref.path.replace(/(\.onnx)?$/i, `.${scheme}.onnx`));
  const executor = createHostExecutor();
  const outcome = await oneStep(session, 'quantize', `Quantize ${shownPath(ref.path, cwd)} to ${scheme}`, async ({ progress }) => {
    const value = await quantizeFor({
      ref,
      method,
      config,
      out,
      executor,
      signal: session.signal,
      progress: (done, total) => progress('calibrating', done, total),
    });
    return { value, summary: `${plural(value.quantizedNodes, 'node')} quantized` };
  }).finally(() => executor.close());
  const { encodings, written, notes, quantizedNodes, floatNodes, dataset, images } = outcome;
  if (options.encodings !== undefined)
    writeFileSafely(options.encodings, encodingsText(encodings), cwd);
  const range = method === 'percentile' ? `percentile ${percentile}` : method;
  await session.present({
    json: {
      model: shownPath(ref.path, cwd),
      out: shownPath(out, cwd),
      scheme,
      method: range,
      dataset,
      images,
      quantizedNodes,
      floatNodes,
      notes,
      written,
    },
    text: [
      `${session.style.bold(shownPath(ref.path, cwd))} in ${session.style.bold(scheme)}`,
      `  ranges by ${range} on ${plural(images, 'piece')} of ${dataset}`,
      `  ${plural(quantizedNodes, 'node')} quantized, ${floatNodes.length} in float`,
      ...notes.map((note) => `  ${session.style.yellow('!')} ${note}`),
      `  written to ${session.style.bold(shownPath(out, cwd))}`,
    ].join('\n'),
  });
  return EXIT.ok;
};

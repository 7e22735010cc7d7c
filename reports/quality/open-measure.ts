import { UserError } from '../../models/contracts/errors.ts';
import type { Compared } from './external-metric.ts';
import { comparedPlanes, measure } from './measure.ts';
import { openMetricModule } from './metric-module.ts';
import type { Image } from './image.ts';
import { openPerceptual } from './perceptual/open-perceptual.ts';
import { formatProtocol, type Protocol } from './protocol.ts';

/** A protocol that is ready to measure. */
export interface Measure {
  /** One image's value. Throws UserError where the picture is too small, or the metric gives no number. */
  measure(reference: Image, test: Image, about: Compared): Promise<number>;
  /** What the value depends on besides the protocol's name: content of its file. */
  readonly tools: Readonly<Record<string, string>> | null;
  close(): Promise<void>;
}

/** Opens the metric of a protocol: a network and a module are loaded once. Throws UserError for files that are no such thing. */
export async function openMeasure(protocol: Protocol): Promise<Measure> {
  const external = protocol.metric === 'onnx' ? await openPerceptual(protocol) : protocol.metric === 'module' ? await openMetricModule(protocol) : null;
  if (!external) {
    return { measure: async (reference, test, { scale }) => finite(measure(reference, test, protocol, scale), protocol), tools: null, close: async () => {} };
  }
  return {
    measure: async (reference, test, about) => finite(await external.value(comparedPlanes(reference, test, protocol, about.scale), about), protocol),
    tools: external.tools, close: external.close,
  };
}

function finite(value: number, protocol: Protocol): number {
  if (Number.isFinite(value)) return value;
  throw new UserError(`${formatProtocol(protocol)} gives ${value}, which is no figure.`, ['Look at the output of the model, and at the metric.']);
}

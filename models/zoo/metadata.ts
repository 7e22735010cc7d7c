import type { ModelProto } from '../onnx/proto.ts';
import type { Form, Network } from './network.ts';
import type { Weights } from './trace/weights.ts';

/** What a generated file says of itself: `dyno.network`, `dyno.weights`, and `dyno.reading` where no paper has all layers. */
export function metadataFor({ name, reading }: Network, scale: number, form: Form, weights: Weights): Record<string, string> {
  return { 'dyno.network': `${name} x${scale} ${form}`, 'dyno.weights': weights.origin, ...(reading === undefined ? {} : { 'dyno.reading': reading }) };
}

/** `random seed=1` for a file of the zoo whose weights nobody trained, so that its quality means nothing; null for every other one. */
export function untrainedWeights({ metadataProps }: ModelProto): string | null {
  const said = metadataProps?.find(({ key }) => key === 'dyno.weights')?.value ?? '';
  return said.startsWith('random') ? said : null;
}

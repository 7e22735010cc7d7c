import { join, resolve } from 'node:path';
import { UserError } from '../../models/contracts/errors.ts';
import { inferShapes, Model, modelCost } from '../../models/graph/index.ts';
import { writeModel } from '../../models/onnx/write.ts';
import { countParameters, type Form, generateNetwork, NETWORKS, type Network, networkNamed, randomWeights, trainedFrom, trainedNames } from '../../models/zoo/index.ts';
import { formatCount } from '../../reports/model/format.ts';
import { EXIT } from '../exit-codes.ts';
import { packageRoot } from '../package-root.ts';
import type { Handler } from '../program/bind.ts';
import { formatTable } from '../ui/table.ts';
import { shownPath } from '../work/model-refs.ts';
import { makeFolderOf } from '../write-file.ts';

interface MakeOptions {
  readonly out?: string;
  readonly scale?: string;
  readonly size: string;
  readonly batch: string;
  readonly dynamic?: boolean;
  readonly seed: string;
  readonly trained?: boolean;
  readonly opset: string;
  readonly form?: Form;
}

/** `dyno zoo list`: the networks that can be made. */
export const list: Handler<object> = async ([part = ''], _options, session) => {
  const found = NETWORKS.filter(({ name }) => name.includes(part.toLowerCase()));
  if (found.length === 0) networkNamed(part);
  const trained = trainedNames(weightsFolder());
  await session.present({
    json: { networks: found.map((network) => described(network, trained)) },
    text: [
      formatTable(
        [{ title: 'network' }, { title: 'scales' }, { title: 'parameters', align: 'right' }, { title: 'what it is' }],
        found.map((network) => [network.name, network.scales.map((scale) => `×${scale}`).join(' '), parametersText(network), network.title]),
        session.style.dim,
      ),
      ...found.flatMap(({ name, reading }) => (reading === undefined ? [] : [session.style.dim(`${name}: ${reading}`)])),
      session.style.dim(`Parameters are those of the first scale. Trained weights are here of ${trained.join(', ')}; others are random.`),
    ].join('\n'),
  });
  return EXIT.ok;
};

/** `dyno zoo make`: one of them as a file. */
export const make: Handler<MakeOptions> = async ([name], options, session) => {
  const cwd = session.io.cwd();
  const network = networkNamed(name as string);
  const scale = options.scale === undefined ? (network.scales[0] as number) : number(options.scale, '--scale');
  const seed = whole(options.seed, '--seed', 0);
  const made = generateNetwork(network.name, {
    scale, size: sizeOf(options.size), batch: whole(options.batch, '--batch', 1), opset: whole(options.opset, '--opset', 1), dynamic: options.dynamic === true,
    weights: options.trained ? trainedFrom(weightsFolder(), network.name, scale) : randomWeights(seed), ...(options.form ? { form: options.form } : {}),
  });
  const out = resolve(cwd, options.out ?? `${network.name}-x${scale}.onnx`);
  makeFolderOf(out);
  const written = await writeModel(made.model, out, { signal: session.signal });
  const model = new Model(made.model);
  inferShapes(model);
  const { macs, nodes } = modelCost(model);
  const weights = options.trained ? 'trained weights' : `random weights of seed ${seed}: what it makes of a picture means nothing`;
  await session.present({
    json: { network: network.name, scale, form: made.form, out: shownPath(out, cwd), parameters: made.parameters, macs, nodes, metadata: metadata(made.model), written },
    text: [
      `${session.style.bold(network.title)}, ×${scale}${network.forms.length > 1 ? `, ${made.form}` : ''}`,
      `  ${formatCount(made.parameters)} parameters, ${macs === null ? 'open sizes' : `${formatCount(macs)} multiply-accumulates`}, ${nodes} nodes; ${weights}`,
      ...(network.reading === undefined ? [] : [`  ${session.style.yellow('!')} ${network.reading}`]),
      session.style.dim(`  layers: ${network.source}`),
      `  written to ${session.style.bold(shownPath(out, cwd))}`,
    ].join('\n'),
  });
  return EXIT.ok;
};

function described(network: Network, trained: readonly string[]): object {
  const { name, title, scales, forms, channels, source, reading = null, dynamic = true } = network;
  return {
    name, title, scales, forms, channels, source, reading, dynamic, trained: scales.filter((scale) => trained.includes(`${name}-x${scale}`)),
    parameters: scales.map((scale) => ({ scale, ...Object.fromEntries(forms.map((form) => [form, countParameters(network, scale, form)])) })),
  };
}

function parametersText(network: Network): string {
  return network.forms.map((form) => `${formatCount(countParameters(network, network.scales[0] as number, form))}${network.forms.length > 1 ? ` ${form}` : ''}`).join(', ');
}

function metadata({ metadataProps }: { metadataProps?: readonly { key?: string | null; value?: string | null }[] | null }): Record<string, string> {
  return Object.fromEntries((metadataProps ?? []).map(({ key, value }) => [key ?? '', value ?? '']));
}

function weightsFolder(): string {
  return join(packageRoot(), 'models/zoo/weights');
}

function sizeOf(text: string): [number, number] {
  const [, height, width] = /^([1-9]\d*)x([1-9]\d*)$/.exec(text) ?? [];
  if (height === undefined || width === undefined) throw new UserError(`--size ${text} is no size.`, ['Write --size HEIGHTxWIDTH, e.g. --size 540x960.']);
  return [Number(height), Number(width)];
}

function whole(text: string, flag: string, least: number): number {
  const value = number(text, flag);
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new UserError(`${flag} ${text} is no whole number of at least ${least}.`, [`Write ${flag} ${least}.`]);
}

function number(text: string, flag: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw new UserError(`${flag} ${text} is no number.`, [`Write ${flag} 2.`]);
}

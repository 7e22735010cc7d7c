import type { NamedArrays } from '../../../models/contracts/index.ts';
import { readModel } from '../../../models/onnx/index.ts';
import type { HostExecutor } from '../../../models/run/index.ts';
import { readPackage } from '../package/read-package.ts';
import { programOf } from '../translate/package-executor.ts';
import { runTranslation } from '../translate/run-translation.ts';
import { translate } from '../translate/translate.ts';
import { arithmeticOf, floorOf, type LayerParity, layersOf } from './divergence.ts';
import { matchFaces, type PackageFaces, packageFeed, reachable, sourceOutput } from './faces.ts';
import { type Figures, figuresOf, NOTHING_IN_COMMON, worstOf } from './figures.ts';
import { matchValues } from './match-values.ts';
import { type Fp16Overflow, fp16Overflows } from './overflow.ts';

export interface ParityRequest {
  readonly package: string;
  /** The ONNX model that it was converted from. */
  readonly sourceModel: string;
  /** Inputs of the source model; several are better than one. */
  readonly feeds: readonly NamedArrays[];
  readonly host: HostExecutor;
  /** Of a multifunction package; the default one unless named. */
  readonly function?: string;
  /** How inputs and outputs correspond, where `matchFaces` cannot tell. */
  readonly faces?: PackageFaces;
  /** Compare all values that bear the same name; where the outputs do not agree unless told. */
  readonly layers?: boolean;
  readonly signal?: AbortSignal;
}

/** An output, worst over all feeds. */
export interface OutputParity extends Figures {
  readonly output: string;
  readonly feature: string;
  /** Least PSNR that the program's arithmetic explains. */
  readonly floor: number;
  /** True where arithmetic explains the difference: by `floor`, or for bytes by a rounding that turned another way, one at most. */
  readonly explained: boolean;
}

/** How far a package is from its source model on this machine. */
export interface PackageParity {
  readonly evidence: 'verified(host)';
  readonly executor: 'coreml-translation';
  readonly feeds: number;
  readonly outputs: readonly OutputParity[];
  /** True where arithmetic explains all differences. */
  readonly explained: boolean;
  /** Values of the same name on both sides, in the program's order, on the worst feed; empty where nobody asked and outputs agree. */
  readonly layers: readonly LayerParity[];
  /** The first of them that its arithmetic does not explain; null where none, or where no names are shared. */
  readonly divergence: LayerParity | null;
  readonly overflows: readonly Fp16Overflow[];
}

/**
 * Compares a package with the model that it was converted from: both run on this machine, the package by translation to ONNX, with the
 * optimisations of ONNX Runtime off. Where outputs differ by more than rounding explains, values inside that kept their names say where it
 * begins. Throws UserError where they do not belong together.
 */
export async function parityOfPackage(request: ParityRequest): Promise<PackageParity> {
  const { host, feeds, sourceModel } = request;
  const model = readPackage(request.package);
  const { program, body } = programOf(model, request.function);
  const run = request.signal ? { signal: request.signal } : {};
  const face = model.functions.find(({ name }) => name === body.name) ?? model.functions[0];
  const faces = request.faces ?? matchFaces(await host.describe(sourceModel), face ?? { name: body.name, inputs: [], outputs: [], states: [] }, body);
  const translation = translate(program, body.name);
  const packageFeeds = feeds.map((feed) => packageFeed(feed, faces));
  const expected = await host.run(sourceModel, feeds, run);
  const computed = await runTranslation(host, translation, packageFeeds, run);
  const facts = arithmeticOf(body);
  const judged = [...faces.outputs].map(([output, paired]) => {
    const each = feeds.map((_, i) => {
      const [reference, actual] = [expected[i]?.get(output), computed[i]?.get(paired.feature)];
      return reference && actual ? figuresOf(reachable(reference, paired), sourceOutput(actual, paired)) : NOTHING_IN_COMMON;
    });
    const fact = facts.get(paired.feature);
    const worst = each.reduce(worstOf);
    const floor = floorOf(fact?.arithmetic ?? 'fp32', fact?.depth ?? 1);
    const isByte = BYTES.has(expected[0]?.get(output)?.dtype ?? '');
    return { each, result: { output, feature: paired.feature, floor, explained: worst.psnr >= floor || (isByte && worst.maxAbs <= 1), ...worst } };
  });
  const outputs = judged.map(({ result }) => result);
  const explained = outputs.every((output) => output.explained);
  const layers = !(request.layers ?? !explained) ? [] : await compareLayers(worstFeed(judged.map(({ each }) => each)));
  return {
    evidence: 'verified(host)', executor: 'coreml-translation', feeds: feeds.length, outputs, explained, layers,
    divergence: layers.find(({ psnr, floor }) => psnr < floor) ?? null,
    overflows: await fp16Overflows(host, program, body, packageFeeds),
  };

  async function compareLayers(feed: number): Promise<LayerParity[]> {
    const source = readModel(sourceModel);
    const names = (source.proto.graph?.node ?? []).flatMap(({ output }) => (output ?? []).filter((name) => name !== ''));
    source.close();
    const pairs = matchValues(translation.values.keys(), names);
    const own = await runTranslation(host, translation, packageFeeds.slice(feed, feed + 1), { ...run, fetch: pairs.map(([mil]) => mil) });
    const theirs = await host.run(sourceModel, feeds.slice(feed, feed + 1), { ...run, fetch: pairs.map(([, name]) => name) });
    return layersOf(body, pairs, own[0] as NamedArrays, theirs[0] as NamedArrays);
  }
}

const BYTES: ReadonlySet<string> = new Set(['uint8', 'int8']);

/** The feed on which an output is worst. */
function worstFeed(each: readonly (readonly Figures[])[]): number {
  const scores = (each[0] ?? []).map((_, feed) => Math.min(...each.map((figures) => figures[feed]?.psnr ?? Number.POSITIVE_INFINITY)));
  return Math.max(0, scores.indexOf(Math.min(...scores)));
}

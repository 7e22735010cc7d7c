import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Executor, InputContract, NamedArrays, RewriteLog } from '../../models/contracts/index.ts';
import { bindInputShapes, inferShapes, macsOf, Model, type StaticShapes } from '../../models/graph/index.ts';
import { type ModelProto, sha256File, type WriteOptions, writeModel } from '../../models/onnx/index.ts';
import { encodingsOf, layoutsOf, writeEncodings } from '../encodings/index.ts';
import { type AdapterSpec, applyFaces, type FaceRequest } from '../faces/index.ts';
import { type LeastTraffic, leastTraffic } from '../htp/index.ts';
import { type Calibrated, type QuantizeOptions, quantizeModel, type SchemeName } from '../quantize/index.ts';
import { rewriteModel } from '../rewrites/engine.ts';
import type { Precision } from '../rewrites/rewrite.ts';
import type { TargetProfile } from '../rules/index.ts';
import { type Candidate, type Face, nameOf } from './candidate.ts';
import { faceConversions } from './face-conversions.ts';
import { facedFeeds } from './faced-feeds.ts';
import { planStrips, type StripPlan } from './strips.ts';

/** The model that is tuned, and everything that its variants are made with. */
export interface TuneSource {
  readonly proto: ModelProto;
  readonly write: WriteOptions;
  readonly target: TargetProfile;
  readonly precision: Precision;
  /** Static sizes that it is compiled for. */
  readonly shapes: StaticShapes;
  /** Static sizes of `calibration`, smaller ones as a rule; empty where the file states its sizes. */
  readonly calibrationShapes: StaticShapes;
  /** Inputs in the model's own face. Needed where something is quantized. */
  readonly calibration: readonly NamedArrays[];
  readonly range: QuantizeOptions['range'];
  readonly percentile?: number;
  readonly contracts: ReadonlyMap<string, InputContract>;
  /** What 0 and 255 stand for in the outputs of a uint8 face; the range of the first image input where left out. */
  readonly outputRange?: readonly [number, number];
  readonly allow: readonly ('border' | 'approximate')[];
  /** ONNX Runtime: calibrates and verifies. */
  readonly executor: Executor;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

/** A variant on disk. */
export interface Variant {
  readonly path: string;
  readonly sha256: string;
  /** Null where the face is the model's own. */
  readonly adapter: AdapterSpec | null;
  readonly contracts: ReadonlyMap<string, InputContract>;
  /** As AIMET's 1.0.0 has them; null where nothing was quantized. */
  readonly encodings: object | null;
  /** Null for the file as it stands. */
  readonly log: RewriteLog | null;
  readonly notes: readonly string[];
  readonly limit: LeastTraffic;
  readonly macs: number;
  /** Bytes that conversions at the face read and write, by node: what moves where they stay on the CPU. */
  readonly conversions: ReadonlyMap<string, number>;
  /** How it goes through in strips, or why it cannot. */
  readonly strips: StripPlan | string;
}

/** How carefully a variant is quantized. */
type Care = 'draft' | 'final';

const DRAFT_INPUTS = 4;

interface Made extends Omit<Variant, 'path' | 'sha256' | 'limit' | 'macs' | 'conversions' | 'strips'> {
  readonly model: Model;
}

interface Faced extends Pick<Variant, 'adapter' | 'contracts' | 'log' | 'notes'> {
  readonly model: Model;
}

/**
 * Makes the model files of candidates, each once, one after the other: rewritten, then its face changed, then quantized by ranges that are
 * calibrated at a smaller size. The files depend on nothing but source and candidate.
 */
export class VariantBuilder {
  readonly #source: TuneSource;
  readonly #folder: string;
  readonly #variants = new Map<string, Promise<Variant>>();
  readonly #calibrated = new Map<string, Calibrated>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: TuneSource, folder: string) {
    this.#source = source;
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /**
   * For the compiler: quantized by few inputs, weights to the nearest step. Scales and codes seldom change what a graph moves. Throws UserError
   * where a face or a quantization does not fit the model.
   */
  draft(candidate: Candidate): Promise<Variant> {
    return this.#once(candidate, 'draft', () => this.#make(candidate, shapesOf(this.#source, candidate.rows), 'draft', null));
  }

  /** As it is shipped. */
  final(candidate: Candidate): Promise<Variant> {
    return this.#once(candidate, 'final', () => this.#make(candidate, shapesOf(this.#source, candidate.rows), 'final', null));
  }

  /** The same network at the sizes of the calibration, to be run on its inputs. */
  small(candidate: Candidate): Promise<Variant> {
    return this.#once(candidate, 'small', () => this.#make(candidate, this.#source.calibrationShapes, 'final', null));
  }

  /** What `final` gives, each rewrite, the whole and the face proved in the executor. A rewrite that does not hold is missing then. */
  verified(candidate: Candidate): Promise<Variant> {
    return this.#once(candidate, 'verified', () => this.#make(candidate, shapesOf(this.#source, candidate.rows), 'final', this.#source.executor));
  }

  /** The rewritten model at the sizes of the calibration, and the log with all that was left out; nothing is proved. */
  async recipeLog(): Promise<RewriteLog> {
    const { log } = await this.#rewritten({ base: 'recipe', also: [], without: [] }, this.#source.calibrationShapes, null);
    return log as RewriteLog;
  }

  #once(candidate: Candidate, kind: string, make: () => Promise<Made>): Promise<Variant> {
    const name = `${kind}:${nameOf({ ...candidate, compiler: {} })}`;
    const known = this.#variants.get(name);
    if (known) return known;
    const variant = this.#last.then(async () => this.#write(await make(), join(this.#folder, `${fileName(name)}.onnx`)));
    this.#last = variant.catch(() => undefined);
    this.#variants.set(name, variant);
    return variant;
  }

  /** The model itself is let go: there are many, and some are large. */
  async #write({ model, ...made }: Made, path: string): Promise<Variant> {
    await writeModel(model.toProto(), path, this.#source.write);
    const macs = [...model.graph.nodes()].reduce((sum, node) => sum + (macsOf(node) ?? 0), 0);
    return {
      ...made, path, macs, sha256: await sha256File(path), limit: leastTraffic(model) as LeastTraffic, conversions: faceConversions(model.graph),
      strips: planStrips(model.graph),
    };
  }

  async #make(candidate: Candidate, shapes: StaticShapes, care: Care, executor: Executor | null): Promise<Made> {
    this.#source.signal?.throwIfAborted();
    const faced = await this.#faced(candidate, shapes, executor);
    const { model, encodings, notes } = await this.#quantized(candidate, faced, care);
    return { ...faced, model, encodings, notes: [...faced.notes, ...notes] };
  }

  async #faced(candidate: Candidate, shapes: StaticShapes, executor: Executor | null): Promise<Faced> {
    const { model, log, notes } = await this.#rewritten(candidate, shapes, executor);
    const { contracts, seed, write, signal, outputRange, target, precision } = this.#source;
    const requests = requestsOf(candidate.face, outputRange);
    if (requests.length === 0) return { model, log, notes, adapter: null, contracts };
    const proof = { seed, write, contracts, ...(executor ? { executor } : {}), ...(signal ? { signal } : {}) };
    const faced = await applyFaces(model, requests, proof);
    const inside = await rewriteModel(faced.model, { ...proof, contracts: faced.contracts, target, precision, only: ['form/uint8-transpose'], verify: executor ? 'quick' : 'off' });
    return { model: inside.model, log, notes: [...notes, ...faced.notes], adapter: faced.adapter, contracts: faced.contracts };
  }

  async #rewritten({ base, also, without }: Pick<Candidate, 'base' | 'also' | 'without'>, shapes: StaticShapes, executor: Executor | null): Promise<Pick<Faced, 'model' | 'log' | 'notes'>> {
    const { proto, target, precision, contracts, seed, write, signal, allow } = this.#source;
    const model = new Model(proto);
    if (shapes.size > 0) bindInputShapes(model, shapes);
    else inferShapes(model);
    if (base === 'as-is') return { model, log: null, notes: [] };
    return rewriteModel(model, {
      target, precision, also, skip: without, allow, contracts, seed, write, ...(executor ? { executor } : { verify: 'off' as const }), ...(signal ? { signal } : {}),
    });
  }

  async #quantized(candidate: Candidate, faced: Faced, care: Care): Promise<Pick<Made, 'model' | 'encodings' | 'notes'>> {
    const { place } = candidate;
    if (place === 'float') return { model: faced.model, encodings: null, notes: [] };
    const { precision, range, percentile, calibration, executor, signal, calibrationShapes, write } = this.#source;
    const small = await this.#faced(candidate, calibrationShapes, null);
    const modelPath = join(this.#folder, 'calibrated.onnx');
    await writeModel(small.model.toProto(), modelPath, write);
    const inputs = care === 'draft' ? calibration.slice(0, DRAFT_INPUTS) : calibration;
    const layouts = layoutsOf(faced.model.graph);
    const { model, encodings, notes } = await quantizeModel(faced.model, {
      scheme: precision as SchemeName, range, place, executor, modelPath, calibration: facedFeeds(small.adapter, inputs),
      seen: { key: `${await sha256File(modelPath)} ${inputs.length}`, known: this.#calibrated },
      rounding: care === 'draft' ? 'nearest' : 'second-order',
      ...(percentile === undefined ? {} : { percentile }), ...(signal ? { signal } : {}),
    });
    return { model, notes, encodings: writeEncodings(encodingsOf(encodings), '1.0.0', layouts).json };
  }
}

/** Requests that make a face; none for the model's own. */
function requestsOf({ uint8, nhwc }: Face, outputRange?: readonly [number, number]): FaceRequest[] {
  return [...(nhwc ? [{ kind: 'nhwc' } as const] : []), ...(uint8 ? [{ kind: 'uint8', ...(outputRange ? { outputRange } : {}) } as const] : [])];
}

/** Sizes with the rows of a strip in place of the height of four-axis inputs. */
function shapesOf({ shapes, contracts }: TuneSource, rows: number | null): StaticShapes {
  if (rows === null) return shapes;
  const height = (name: string): number => (contracts.get(name)?.layout === 'NHWC' ? 1 : 2);
  return new Map([...shapes].map(([name, dims]) => [name, dims.length === 4 ? dims.map((dim, axis) => (axis === height(name) ? rows : dim)) : dims]));
}

function fileName(name: string): string {
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}

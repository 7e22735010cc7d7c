import { availableParallelism } from 'node:os';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { enlargePhoto } from '../../reports/photo/enlarge-photo.ts';
import { type PhotoPlan, planPhoto } from '../../reports/photo/photo-plan.ts';
import { scratchFolder } from '../../reports/photo/scratch-folder.ts';
import type { SeamReport } from '../../reports/photo/seams.ts';
import { openPicture, type SourcePicture } from '../../reports/photo/source-picture.ts';
import { TargetPicture, targetFormat, targetHeader } from '../../reports/photo/target-picture.ts';
import { interpolates } from '../../reports/photo/tile-face.ts';
import type { TileProbe } from '../../reports/photo/choose-tile.ts';
import type { Size } from '../../reports/quality/infer.ts';
import { formatDuration } from '../ui/numbers.ts';
import type { ModelRef } from '../work/model-refs.ts';
import { TimeLeft } from '../work/time-left.ts';
import { type Lanes, openEmulatorLanes, openHostLanes, type PhotoDevice } from './lanes.ts';
import { learnModel, type PhotoModel } from './learn-model.ts';
import { lookForSeams } from './look-for-seams.ts';
import { allowedBytes, neededBytes, tooLittleMemory } from './photo-memory.ts';
import type { PhotoOutcome } from './photo-outcome.ts';
import { defaultOut, type PhotoRequest } from './photo-request.ts';
import { measuredTime, type PhotoTime, predictedTime } from './photo-times.ts';
import { probeTile } from './probe-photo.ts';
import { fixedTile, tileSizes } from './tile-sizes.ts';

export interface PhotoWork {
  readonly request: PhotoRequest;
  readonly ref: ModelRef;
  readonly device: PhotoDevice;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly signal: AbortSignal;
  readonly progress: (note: string, done?: number, total?: number) => void;
}

/** Tiles of a model of open size on an emulator, which compiles it for one. */
const EMULATED_TILE = 128;

/** Enlarges a photo: decodes, plans, predicts, runs, looks for seams, encodes. What it keeps on the way is gone when it ends, however it ends. */
export async function makePhoto(work: PhotoWork): Promise<PhotoOutcome> {
  const { request, ref, signal, progress, cwd } = work;
  progress(`looking at ${ref.id}`);
  const model = await learned(ref, signal);
  const out = request.out ?? defaultOut(request.picture, model.scale, cwd);
  targetFormat(out, { width: 1, height: 1 });
  const scratch = scratchFolder(out);
  let source: SourcePicture | null = null;
  try {
    progress('decoding');
    source = await openPicture(request.picture, scratch.path);
    const { header, notes } = targetHeader(source, model.scale, out);
    const target = new TargetPicture(scratch.path, header);
    try {
      return await new PhotoMaker({ ...work, model, source, target, out }).make([...source.notes, ...notes]);
    } finally {
      target.close();
    }
  } finally {
    source?.close();
    scratch.remove();
  }
}

async function learned(ref: ModelRef, signal: AbortSignal): Promise<PhotoModel> {
  const executor = createHostExecutor();
  try {
    return await learnModel(ref, executor, signal);
  } finally {
    await executor.close();
  }
}

interface Parts extends PhotoWork {
  readonly model: PhotoModel;
  readonly source: SourcePicture;
  readonly target: TargetPicture;
  readonly out: string;
}

interface Planned {
  readonly plan: PhotoPlan;
  readonly probes: readonly TileProbe[];
  readonly predicted: PhotoTime | null;
  readonly neededBytes: number;
}

interface Ran {
  readonly measured: PhotoTime | null;
  readonly seams: SeamReport | null;
  readonly encodeMs: number;
  readonly runtimeBytes: number | null;
}

class PhotoMaker {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async make(notes: readonly string[]): Promise<PhotoOutcome> {
    const { request, device, env, model, signal } = this.#parts;
    const planned = device.kind === 'host' ? await this.#planHost() : this.#planEmulated();
    const { plan } = planned;
    let ran: Ran | null = null;
    let chipNote: string | null = null;
    if (!request.dryRun) {
      const about = { path: model.path, batch: model.batch, signal };
      const opened = device.kind === 'host' ? await openHostLanes({ ...about, jobs: request.jobs, threads: this.#threads() }) : openEmulatorLanes(about, device.chip, env);
      chipNote = opened.note;
      try {
        ran = await this.#run(plan, opened, planned.predicted);
      } finally {
        await opened.close();
      }
    }
    return this.#outcome(planned, ran, [...notes, ...(chipNote === null ? [] : [chipNote]), ...plan.notes]);
  }

  /** Tries tiles, one lane at a time, and predicts from the ones that are taken. Throws UserError where memory does not do. */
  async #planHost(): Promise<Planned> {
    const { request, model, source, signal, progress } = this.#parts;
    const allowed = allowedBytes(request.maxMemory);
    const lanes = await openHostLanes({ path: model.path, batch: model.batch, jobs: 1, threads: this.#threads(), signal });
    try {
      const { tile, probes } = await tileSizes({
        model, picture: source.header, asked: request.tile,
        probe: (size) => {
          progress(`trying tiles of ${size.width}×${size.height}`);
          return probeTile(source, model, lanes, size, signal);
        },
        fits: (size, runtime) => this.#needed(this.#plan(size), runtime) <= allowed,
        cost: (probe) => predictedTime(this.#plan(probe.tile), probe, 0, request.jobs).totalMs,
      });
      const plan = this.#plan(tile);
      const [probe] = probes;
      const needed = this.#needed(plan, probe?.runtimeBytes ?? null);
      if (needed > allowed) throw tooLittleMemory(needed, allowed);
      return { plan, probes, predicted: probe ? predictedTime(plan, probe, lanes.loadMs, request.jobs) : null, neededBytes: needed };
    } finally {
      await lanes.close();
    }
  }

  #planEmulated(): Planned {
    const { request, model, source } = this.#parts;
    const tile = fixedTile(model, source.header, request.tile ?? (model.size ? null : EMULATED_TILE)) as Size;
    const plan = this.#plan(tile);
    return { plan, probes: [], predicted: null, neededBytes: this.#needed(plan, null) };
  }

  async #run(plan: PhotoPlan, { lanes, loadMs, peakBytes }: Lanes, predicted: PhotoTime | null): Promise<Ran> {
    const { request, device, model, source, target, out, signal, progress } = this.#parts;
    const expected = predicted ? `predicted ${formatDuration(predicted.totalMs)}` : 'tiles';
    const left = new TimeLeft();
    const onTiles = (done: number): void => progress(`${expected}${left.text(done / plan.tiles)}`, done, plan.tiles);
    const started = performance.now();
    const times = await enlargePhoto({ source, target, plan, face: model, lanes, onTiles, signal });
    const tilesMs = performance.now() - started;
    const seams = await lookForSeams(request, {
      source, target, plan, face: model, lane: lanes[0] as Lanes['lanes'][number], onPlace: (done, of) => progress('looking for seams', done, of), signal,
    });
    const runtimeBytes = peakBytes();
    signal.throwIfAborted();
    progress('encoding');
    const encoding = performance.now();
    await target.encode(out, request.quality);
    return { measured: device.kind === 'host' ? measuredTime(times, loadMs, tilesMs) : null, seams, encodeMs: performance.now() - encoding, runtimeBytes };
  }

  #plan(tile: Size): PhotoPlan {
    const { request: { overlap, blend }, device, model, source } = this.#parts;
    const flexible = model.size === null && device.kind === 'host';
    return planPhoto({
      picture: source.header, tile, flexible, multiple: model.multiple, scale: model.scale, sight: model.sight, overlap, blend, interpolates: interpolates(model.contract, source),
    });
  }

  #needed(plan: PhotoPlan, runtimeBytes: number | null): number {
    const { source, target, request } = this.#parts;
    return neededBytes(plan, source.header, target.header, request.jobs, runtimeBytes);
  }

  #threads(): number {
    return Math.max(1, Math.floor(availableParallelism() / this.#parts.request.jobs));
  }

  #outcome({ plan, probes, predicted, neededBytes: needed }: Planned, ran: Ran | null, notes: readonly string[]): PhotoOutcome {
    const { request, ref, device, model, source, target, out } = this.#parts;
    const facts = ({ width, height, depth, bands }: SourcePicture['header']) => ({ width, height, depth, gray: bands < 3, alpha: bands % 2 === 0 });
    const { tiles, overlap, needed: neededOverlap, period, blend, redundancy, exact } = plan;
    return {
      model: ref.id, on: device.selector, source: { path: request.picture, ...facts(source.header) }, result: { path: out, ...facts(target.header) }, scale: model.scale, sight: model.sight,
      plan: { tile: plan.tile, columns: plan.across.length, rows: plan.down.length, tiles, overlap, needed: neededOverlap, period, blend, redundancy, exact },
      jobs: request.jobs, tried: probes, predicted, measured: ran?.measured ?? null, ratio: ran?.measured && predicted ? ran.measured.totalMs / predicted.totalMs : null,
      decodeMs: source.decodeMs, encodeMs: ran?.encodeMs ?? null,
      memory: { allowedBytes: allowedBytes(request.maxMemory), neededBytes: needed, ownBytes: ran ? process.resourceUsage().maxRSS * 1024 : null, runtimeBytes: ran?.runtimeBytes ?? null },
      seams: ran?.seams ?? null, seamMap: ran ? request.seamMap : null, dryRun: request.dryRun, notes,
    };
  }
}

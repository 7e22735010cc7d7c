import { enlargePhoto } from '../../reports/photo/enlarge-photo.ts';
import { type PhotoPlan, planPhoto } from '../../reports/photo/photo-plan.ts';
import type { SeamReport } from '../../reports/photo/seams.ts';
import { interpolates } from '../../reports/photo/tile-face.ts';
import type { TileProbe } from '../../reports/photo/choose-tile.ts';
import type { Size } from '../../reports/quality/infer.ts';
import { formatDuration } from '../ui/numbers.ts';
import { TimeLeft } from '../work/time-left.ts';
import { hostLane, type Lanes, openEmulatorLanes, openHostLanes, peakOf } from './lanes.ts';
import { lookForSeams } from './look-for-seams.ts';
import { outcomeOf } from './outcome-of.ts';
import { allowedBytes, neededBytes, tooLittleMemory } from './photo-memory.ts';
import type { PhotoOutcome } from './photo-outcome.ts';
import type { PhotoParts } from './photo-parts.ts';
import { measuredTime, type PhotoTime, predictedTime } from './photo-times.ts';
import { threadsFor } from './photo-request.ts';
import { probeTile } from './probe-photo.ts';
import { fixedTile, tileSizes } from './tile-sizes.ts';

/** Tiles of a model of open size on an emulator, which compiles it for one. */
const EMULATED_TILE = 128;

/** Enlarges a photo on this machine: plans, predicts, runs, looks for seams, encodes. */
export async function makePhotoHere(parts: PhotoParts): Promise<PhotoOutcome> {
  return new PhotoMaker(parts).make();
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
  readonly note: string | null;
}

class PhotoMaker {
  readonly #parts: PhotoParts;

  constructor(parts: PhotoParts) {
    this.#parts = parts;
  }

  async make(): Promise<PhotoOutcome> {
    const { request, device, env, model, signal } = this.#parts;
    const { plan, probes, predicted, neededBytes: needed } = device.kind === 'emulator' ? this.#planEmulated() : await this.#planHost();
    let ran: Ran | null = null;
    if (!request.dryRun) {
      const about = { path: model.path, batch: model.batch, signal };
      const opened = device.kind === 'emulator' ? openEmulatorLanes(about, device.chip, env) : await openHostLanes({ ...about, jobs: request.jobs, threads: threadsFor(request) });
      try {
        ran = await this.#run(plan, opened, predicted);
      } finally {
        await opened.close();
      }
    }
    return outcomeOf(this.#parts, {
      plan, tried: probes, predicted, measured: ran?.measured ?? null, encodeMs: ran?.encodeMs ?? null, neededBytes: needed, runtimeBytes: ran?.runtimeBytes ?? null, seams: ran?.seams ?? null,
      evidence: device.kind === 'emulator' ? 'emulated' : 'measured(host)', notes: ran?.note ? [ran.note] : [],
    });
  }

  /** Tries tiles, one lane at a time, and predicts from the ones that are taken. Throws UserError where memory does not do. */
  async #planHost(): Promise<Planned> {
    const { request, model, source, trial, signal, progress } = this.#parts;
    const allowed = allowedBytes(request.maxMemory);
    const probing = { lane: hostLane(trial.session, model.batch, signal), peakBytes: () => peakOf(trial.executor.pid) };
    try {
      const { tile, probes } = await tileSizes({
        model, picture: source.header, asked: request.tile,
        probe: (size) => {
          progress(`trying tiles of ${size.width}×${size.height}`);
          return probeTile(source, model, probing, size, signal);
        },
        fits: (size, runtime) => this.#needed(this.#plan(size), runtime) <= allowed,
        cost: (probe) => predictedTime(this.#plan(probe.tile), probe, 0, request.jobs).totalMs,
      });
      const plan = this.#plan(tile);
      const [probe] = probes;
      const needed = this.#needed(plan, probe?.runtimeBytes ?? null);
      if (needed > allowed) throw tooLittleMemory(needed, allowed);
      return { plan, probes, predicted: probe ? predictedTime(plan, probe, trial.loadMs, request.jobs) : null, neededBytes: needed };
    } finally {
      await trial.executor.close();
    }
  }

  #planEmulated(): Planned {
    const { request, model, source } = this.#parts;
    const tile = fixedTile(model, source.header, request.tile ?? (model.size ? null : EMULATED_TILE)) as Size;
    const plan = this.#plan(tile);
    return { plan, probes: [], predicted: null, neededBytes: this.#needed(plan, null) };
  }

  async #run(plan: PhotoPlan, { lanes, loadMs, note, peakBytes }: Lanes, predicted: PhotoTime | null): Promise<Ran> {
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
    return { measured: device.kind === 'host' ? measuredTime(times, loadMs, tilesMs) : null, seams, encodeMs: performance.now() - encoding, runtimeBytes, note };
  }

  #plan(tile: Size): PhotoPlan {
    const { request: { overlap, blend }, device, model, source } = this.#parts;
    const flexible = model.size === null && device.kind === 'host';
    return planPhoto({
      picture: source.header, tile, flexible, multiple: model.multiple, scale: model.scale, sight: model.sight, overlap, blend, interpolates: interpolates(model.contract, source),
    });
  }

  #needed(plan: PhotoPlan, runtimeBytes: number | null): number {
    const { source, target, request, out } = this.#parts;
    return neededBytes({ plan, source: source.header, target: target.header, out, jobs: request.jobs, runtimeBytes });
  }
}

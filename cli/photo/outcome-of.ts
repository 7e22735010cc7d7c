import type { PhotoPlan } from '../../reports/photo/photo-plan.ts';
import type { VipsHeader } from '../../reports/photo/vips-file.ts';
import { allowedBytes } from './photo-memory.ts';
import type { PhotoOutcome, PictureFacts } from './photo-outcome.ts';
import type { PhotoParts } from './photo-parts.ts';

/** What a run found, besides what follows from what was asked. */
type Found = Pick<PhotoOutcome, 'tried' | 'predicted' | 'measured' | 'encodeMs' | 'evidence' | 'seams' | 'notes'> & {
  readonly plan: PhotoPlan;
  readonly neededBytes: number | null;
  readonly runtimeBytes: number | null;
};

/** The outcome as it is told; nothing was run where `measured` and `encodeMs` are null. */
export function outcomeOf({ request, ref, device, model, source, target, out, notes }: PhotoParts, { plan, neededBytes, runtimeBytes, ...found }: Found): PhotoOutcome {
  const { tile, tiles, overlap, needed, period, blend, redundancy, exact } = plan;
  const ran = found.encodeMs !== null;
  return {
    model: ref.id, on: device.selector, source: factsOf(request.picture, source.header), result: factsOf(out, target.header), scale: model.scale, sight: model.sight,
    plan: { tile, columns: plan.across.length, rows: plan.down.length, tiles, overlap, needed, period, blend, redundancy, exact }, jobs: request.jobs,
    ratio: found.measured && found.predicted ? found.measured.totalMs / found.predicted.totalMs : null, decodeMs: source.decodeMs,
    memory: { allowedBytes: allowedBytes(request.maxMemory), neededBytes, ownBytes: ran ? process.resourceUsage().maxRSS * 1024 : null, runtimeBytes },
    seamMap: ran && found.seams ? request.seamMap : null, dryRun: request.dryRun, ...found, notes: [...notes, ...found.notes, ...plan.notes],
  };
}

function factsOf(path: string, { width, height, depth, bands }: VipsHeader): PictureFacts {
  return { path, width, height, depth, gray: bands < 3, alpha: bands % 2 === 0 };
}

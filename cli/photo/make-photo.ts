import { createHostExecutor } from '../../models/run/host-executor.ts';
import { scratchFolder } from '../../reports/photo/scratch-folder.ts';
import { openPicture, type SourcePicture } from '../../reports/photo/source-picture.ts';
import { TargetPicture, targetFormat, targetHeader } from '../../reports/photo/target-picture.ts';
import type { ModelRef } from '../work/model-refs.ts';
import { learnModel, type PhotoModel } from './learn-model.ts';
import { makePhotoHere } from './photo-here.ts';
import type { PhotoOutcome } from './photo-outcome.ts';
import type { PhotoWork } from './photo-parts.ts';
import { defaultOut } from './photo-request.ts';

/** Puts a photo through a model. What it keeps on the way is gone when it ends, however it ends; the result appears whole or not at all. */
export async function makePhoto(work: PhotoWork): Promise<PhotoOutcome> {
  const { request, ref, device, signal, progress, cwd } = work;
  progress(`looking at ${ref.id}`);
  const model = await learned(ref, signal);
  const out = request.out ?? defaultOut(request.picture, model.scale, cwd);
  targetFormat(out, { width: 1, height: 1 });
  const scratch = scratchFolder(out);
  let source: SourcePicture | null = null;
  try {
    progress('decoding');
    source = await openPicture(request.picture, scratch.path);
    const phone = device.kind === 'iphone' ? await import('./photo-on-iphone.ts') : null;
    const { header, notes } = targetHeader(phone ? phone.asPhonesTakeIt(source) : source, model.scale, out);
    const target = new TargetPicture(scratch.path, header);
    try {
      const parts = { ...work, model, source, target, out, folder: scratch.path, notes: [...source.notes, ...notes] };
      return await (phone ? phone.makePhotoOnIphone(parts) : makePhotoHere(parts));
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

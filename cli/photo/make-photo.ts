import { basename, join } from 'node:path';
import { createHostExecutor } from '../../models/run/host-executor.ts';
import { scratchFolder } from '../../reports/photo/scratch-folder.ts';
import { openPicture, type SourcePicture } from '../../reports/photo/source-picture.ts';
import { TargetPicture, targetFormat, targetHeader } from '../../reports/photo/target-picture.ts';
import { learnModel, readFace } from './learn-model.ts';
import { makePhotoHere } from './photo-here.ts';
import type { PhotoOutcome } from './photo-outcome.ts';
import type { PhotoWork } from './photo-parts.ts';
import { defaultOut, threadsFor } from './photo-request.ts';

/** Puts a photo through a model. What it keeps on the way is gone when it ends, however it ends; the result appears whole or not at all. */
export async function makePhoto(work: PhotoWork): Promise<PhotoOutcome> {
  const { request, ref, progress, cwd } = work;
  if (request.out !== null) targetFormat(request.out, { width: 1, height: 1 });
  const face = readFace(ref);
  const scratch = scratchFolder(request.out ?? join(cwd, basename(request.picture)));
  let source: SourcePicture | null = null;
  try {
    progress('decoding');
    source = await openPicture(request.picture, scratch.path);
    return await withModel(work, face, source, scratch.path);
  } finally {
    source?.close();
    scratch.remove();
  }
}

async function withModel(work: PhotoWork, face: ReturnType<typeof readFace>, source: SourcePicture, folder: string): Promise<PhotoOutcome> {
  const { request, ref, device, signal, progress, cwd } = work;
  progress(`looking at ${ref.id}`);
  const executor = createHostExecutor({ threads: threadsFor(request) });
  try {
    const started = performance.now();
    const session = await executor.open(ref.path, { optimization: 'all', signal });
    const trial = { executor, session, loadMs: performance.now() - started };
    const model = await learnModel(ref, face, executor, signal);
    const out = request.out ?? defaultOut(request.picture, model.scale, cwd);
    const phone = device.kind === 'iphone' ? await import('./photo-on-iphone.ts') : null;
    const { header, notes } = targetHeader(phone ? phone.asPhonesTakeIt(source) : source, model.scale, out);
    const target = new TargetPicture(folder, header);
    try {
      const parts = { ...work, model, trial, source, target, out, folder, notes: [...source.notes, ...notes] };
      return await (phone ? phone.makePhotoOnIphone(parts) : makePhotoHere(parts));
    } finally {
      target.close();
    }
  } finally {
    await executor.close();
  }
}

import { EXIT } from '../exit-codes.ts';
import { makePhoto } from '../photo/make-photo.ts';
import { photoDevice } from '../photo/photo-device.ts';
import { type PhotoFlags, photoRequest } from '../photo/photo-request.ts';
import { photoText } from '../photo/photo-text.ts';
import type { Handler } from '../program/bind.ts';
import { formatDuration } from '../ui/numbers.ts';
import { modelRef, shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

/** `dyno photo`: a whole photo through a model, in tiles. */
export const photo: Handler<PhotoFlags> = async (args, flags, session) => {
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const request = photoRequest(args[0] as string, flags, cwd);
  const ref = modelRef(flags.model, config, cwd);
  const device = photoDevice(flags.on);
  const outcome = await oneStep(session, 'photo', `${request.dryRun ? 'Plan' : 'Enlarge'} ${shownPath(request.picture, cwd)}`, async ({ progress }) => {
    const value = await makePhoto({ request, ref, device, coreml: config.convert.coreml, env: session.io.env, cwd, signal: session.signal, progress });
    return { value, summary: value.measured ? `${value.plan.tiles} tiles in ${formatDuration(value.measured.totalMs)}` : `${value.plan.tiles} tiles` };
  });
  await session.present({ json: outcome, text: photoText(outcome, cwd, session.style) });
  return EXIT.ok;
};

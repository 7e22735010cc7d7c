import { ExternalError } from '../../models/contracts/index.ts';

/** Where in its sources OpenVINO noticed, level by level: of use to its makers only. */
const PLACE = /(?:Exception from |Check '.*' failed at )src\/.*/;

/** OpenVINO's exceptions say first, over several lines, where in its sources they come from, and then what is wrong: that comes to the front. */
export function explainedByOpenVino(error: unknown): unknown {
  if (!(error instanceof ExternalError) || !PLACE.test(error.message)) return error;
  const lines = error.message.split('\n').map((line) => line.replace(PLACE, '').replace(/RuntimeError: $/, '').trim());
  const message = lines.filter((line) => line !== '').join(' ');
  return new ExternalError(message, error.command, `${error.message}\n${error.output}`.trim(), error.nextSteps, { cause: error });
}

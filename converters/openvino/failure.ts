import { ExternalError } from '../../models/contracts/index.ts';

/** Where in its sources OpenVINO noticed, level by level: of use to its makers only. */
const PLACES = /^(?:Exception from |Check '.*' failed at )src\/.*$/;

/** OpenVINO's exceptions say first, over several lines, where in its sources they come from, and then what is wrong: that comes to the front. */
export function explained(error: unknown): unknown {
  if (!(error instanceof ExternalError) || !error.message.includes('Exception from src/')) return error;
  const [before, ...rest] = error.message.split(/(?=Exception from src\/)/);
  const words = rest.join('').split('\n').map((line) => line.trim()).filter((line) => line !== '' && !PLACES.test(line));
  const message = `${(before as string).replace(/RuntimeError: $/, '')}${words.join(' ')}`.trim();
  return new ExternalError(message, error.command, `${error.message}\n${error.output}`.trim(), error.nextSteps, { cause: error });
}

import { resolve } from 'node:path';
import { areIphoneResults } from '../../device-harness/pack/iphone-results.ts';
import { readTar } from '../../device-harness/pack/tar.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { latencyText } from '../text/latency-text.ts';
import { plural } from '../ui/numbers.ts';
import { shownPath } from '../work/model-refs.ts';
import { oneStep } from '../work/one-step.ts';

/** `dyno ingest`: results of a bundle from a phone elsewhere, as measurements and a report. */
export const ingest: Handler<object> = async ([file], _options, session) => {
  if (file === undefined) throw new UserError('Which results?', ['dyno ingest results.tar.gz']);
  const { config } = await session.resolve();
  const cwd = session.io.cwd();
  const path = resolve(cwd, file);
  const files = readTar(path);
  const { folder, report, measurements, failures, notes } = await oneStep(session, 'ingest', 'Read what a phone elsewhere measured', async ({ progress }) => {
    const request = { path, config, env: session.io.env, signal: session.signal, progress };
    const value = areIphoneResults(files)
      ? await (await import('../work/iphones-ingest.ts')).ingestIphoneResults(files, request)
      : await (await import('../work/phones-ingest.ts')).ingestResults(request);
    return { value, summary: plural(value.measurements.reduce((sum, { blocks }) => sum + blocks.length, 0), 'block') };
  });
  const reference = measurements.length > 1 ? report.reference : null;
  const judged = measurements.flatMap(({ variant, unit, verified = [] }) => verified.map((one) => ({ variant, unit, ...one })));
  const lines = judged.map(({ variant, unit, evidence, against, bitEqual, db, explained }) => {
    const how = bitEqual ? 'equal bit for bit' : `${db === null ? 'equal' : `${db.toFixed(1)} dB`}${explained ? '' : ', which rounding does not explain'}`;
    return `  ${variant} on ${unit}: ${evidence} against ${against}, ${how}`;
  });
  await session.present({
    json: { folder, report: `${folder}/report.json`, measurements, failures, notes },
    text: [
      latencyText(measurements, reference, session.style), ...lines, ...notes.map((note) => `  ${session.style.dim(note)}`),
      ...failures.map(({ spec, message }) => `  ${session.style.red('failed')} ${spec.variant} on ${spec.unit}: ${message}`),
      `  The report is in ${shownPath(folder, cwd)}: dyno report ${shownPath(folder, cwd)}`,
    ].join('\n'),
  });
  if (failures.length > 0) return EXIT.couldNotRun;
  return judged.some(({ explained }) => !explained) ? EXIT.failed : EXIT.ok;
};

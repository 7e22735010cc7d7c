import { dirname } from 'node:path';
import { renderTerminal } from '../../reports/render/terminal/render-terminal.ts';
import { renderings } from '../pipeline/render-report.ts';
import { EXIT } from '../exit-codes.ts';
import type { Handler } from '../program/bind.ts';
import { readRunReport } from '../work/read-run-report.ts';

/** `dyno report`: a finished run, rendered again. */
export const report: Handler<object> = async (args, _options, session) => {
  const { config } = await session.resolve();
  const { path, report: found } = readRunReport(args[0], config.runs, session.io.cwd());
  await session.present({
    json: found,
    text: renderTerminal(found, { color: session.style.enabled, width: session.columns }),
    kinds: renderings(found, dirname(path)),
  });
  return EXIT.ok;
};

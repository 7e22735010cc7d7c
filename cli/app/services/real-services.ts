import { isAbsolute, join } from 'node:path';
import type { Resolved } from '../../config/resolve.ts';
import type { Interrupts } from '../../interrupts.ts';
import type { Io } from '../../io.ts';
import { REPORT_FILES } from '../../pipeline/render-report.ts';
import { wantsColor } from '../../ui/style.ts';
import { Analyst } from './analyst.ts';
import { completePath } from './complete-path.ts';
import { findFiles, modelAt } from './find-files.ts';
import { listRuns } from './list-runs.ts';
import { openPage } from './open-page.ts';
import { saveConfig } from './save-config.ts';
import type { Services } from './services.ts';
import { startRun } from './start-run.ts';
import { watchDevices } from './watch-devices.ts';

/** The world as it is. `spoken`: a screen reader reads. */
export function createServices(io: Io, interrupts: Interrupts, { config }: Resolved, spoken: boolean): Services {
  const { env } = io;
  const cwd = io.cwd();
  const analyst = new Analyst(config);
  const text = { folder: config.runs, cwd, color: !spoken && wantsColor(io.stderr, env) };
  return {
    findFiles: (tell, signal) => findFiles(config, cwd, tell, signal),
    watchDevices: (targets, tell, signal) => watchDevices(config, env, targets, tell, signal),
    check: (models, choices, tell, signal) => analyst.check(models, choices, tell, signal),
    preview: (models, choices, tell, signal) => analyst.preview(models, choices, tell, signal),
    listRuns: (signal) => listRuns(config.runs, signal),
    reportText: (run, columns) => analyst.text({ kind: 'text', runs: [run], columns: columns - 2, ...text }),
    comparisonText: (runs, columns) => analyst.text({ kind: 'text', runs, columns: columns - 2, ...text }),
    modelAt: (path) => modelAt(path, cwd),
    complete: (typed) => completePath(typed, cwd),
    run: (state) => startRun(state, { io, interrupts, spoken, provide: (model) => analyst.provide(model, interrupts.signal) }),
    save: saveConfig,
    openReport: (run) => openPage(join(isAbsolute(run) ? run : join(config.runs, run), REPORT_FILES.html), env),
    close: () => analyst.close(),
  };
}

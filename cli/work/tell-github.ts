import { appendFileSync } from 'node:fs';
import type { Report } from '../../reports/model/report.ts';
import { githubAnnotations, githubSummary } from '../../reports/render/index.ts';
import type { Io } from '../io.ts';

/** In a GitHub workflow: annotations into the log, and the report onto the job's summary page. Elsewhere nothing. */
export function tellGithub(report: Report, { env, stderr }: Io): void {
  if (env['GITHUB_ACTIONS'] !== 'true') return;
  const annotations = githubAnnotations(report);
  if (annotations !== '') stderr.write(annotations.endsWith('\n') ? annotations : `${annotations}\n`);
  const summary = env['GITHUB_STEP_SUMMARY'];
  if (summary) appendFileSync(summary, githubSummary(report));
}

import { chosenModels, runnableModels } from './choices.ts';
import type { FoundModel } from './found.ts';
import type { AppState, Choices } from './state.ts';

/** Something to look up: whoever drives the app begins it, and gives it up as soon as it is wanted no more. */
export type Job =
  | { readonly name: 'files'; readonly key: string }
  | { readonly name: 'devices'; readonly key: string; readonly targets: readonly string[] }
  | { readonly name: 'check'; readonly key: string; readonly models: readonly FoundModel[]; readonly choices: Choices }
  | { readonly name: 'preview'; readonly key: string; readonly models: readonly FoundModel[]; readonly choices: Choices }
  | { readonly name: 'runs'; readonly key: string }
  | { readonly name: 'text'; readonly key: string; readonly what: { readonly kind: 'report'; readonly run: string } | { readonly kind: 'comparison'; readonly runs: readonly string[] }; readonly columns: number }
  | { readonly name: 'completion'; readonly key: string; readonly typed: string };

/** What the screen needs and nobody has looked up yet, and what goes on while it is open. */
export function wanted(state: AppState): Job[] {
  const { screen, path, choices } = state;
  const jobs: Job[] = [{ name: 'files', key: 'files' }];
  if (path !== null) jobs.push({ name: 'completion', key: path, typed: path });
  if (screen === 'devices') jobs.push({ name: 'devices', key: choices.targets.join(), targets: choices.targets });
  if (screen === 'findings') jobs.push({ name: 'check', key: keyOf(state, chosenModels(state), []), models: chosenModels(state), choices });
  if (screen === 'rewrites') jobs.push({ name: 'preview', key: keyOf(state, runnableModels(state), [...choices.allow, '', ...choices.skip]), models: runnableModels(state), choices });
  if (screen === 'runs') jobs.push({ name: 'runs', key: String(state.visit) });
  const text = textJob(state);
  return text ? [...jobs, text] : jobs;
}

/**
 * Whether a job that nobody is at is worth beginning: nobody asked the question before, or whoever did was interrupted. What failed is not tried again
 * by itself. Devices are watched as long as their list is open.
 */
export function isDue({ name, key }: Job, { loads }: AppState): boolean {
  const load = loads[name];
  return load?.key !== key || load.status === 'busy' || (name === 'devices' && load.status !== 'failed');
}

function keyOf({ choices }: AppState, models: readonly FoundModel[], more: readonly string[]): string {
  return [...models.map(({ path }) => path), '', ...choices.targets, '', choices.precision, ...more].join('\n');
}

/** Reports are as wide as the screen. */
function textJob({ screen, past, marked, outcome, size: { columns } }: AppState): Job | null {
  if (screen === 'past' && past !== null) return { name: 'text', key: `${past} ${columns}`, what: { kind: 'report', run: past }, columns };
  if (screen === 'comparison') return { name: 'text', key: `${marked.join(' ')} ${columns}`, what: { kind: 'comparison', runs: [...marked].sort() }, columns };
  if (screen === 'result' && outcome?.directory) return { name: 'text', key: `${outcome.directory} ${columns}`, what: { kind: 'report', run: outcome.directory }, columns };
  return null;
}

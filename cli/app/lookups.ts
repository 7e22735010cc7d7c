import { problemOf } from './services/problem-of.ts';
import type { Services, Tell } from './services/services.ts';
import type { LoadNews } from './state/actions.ts';
import type { LookupName, LookupValues } from './state/state.ts';
import { isDue, type Job, wanted } from './state/wanted.ts';
import type { AppStore } from './store.ts';

/** Looks up beside the screen what the state wants, and gives it up as soon as it does not any more. */
export class Lookups {
  readonly #store: AppStore;
  readonly #services: Services;
  readonly #running = new Map<LookupName, { readonly key: string; readonly controller: AbortController }>();
  readonly #unsubscribe: () => void;

  constructor(store: AppStore, services: Services) {
    this.#store = store;
    this.#services = services;
    this.#unsubscribe = store.subscribe(() => this.#follow());
    this.#follow();
  }

  /** Gives everything up. */
  close(): void {
    this.#unsubscribe();
    for (const { controller } of this.#running.values()) controller.abort();
    this.#running.clear();
  }

  #follow(): void {
    const jobs = wanted(this.#store.state);
    for (const [name, { key, controller }] of [...this.#running]) {
      if (jobs.some((job) => job.name === name && job.key === key)) continue;
      this.#running.delete(name);
      controller.abort();
      this.#tell(name === 'devices' ? { type: 'load-changed', name, key, done: true } : ({ type: 'load-dropped', name, key } as LoadNews));
    }
    for (const job of jobs) if (!this.#running.has(job.name) && isDue(job, this.#store.state)) this.#begin(job);
  }

  #begin(job: Job): void {
    const { name, key } = job;
    const controller = new AbortController();
    this.#running.set(name, { key, controller });
    this.#tell({ type: 'load-started', name, key } as LoadNews);
    const isCurrent = (): boolean => this.#running.get(name)?.controller === controller;
    const tell: Tell<LookupValues[LookupName]> = (value, note) => {
      if (isCurrent()) this.#tell({ type: 'load-changed', name, key, value, ...(note === undefined ? {} : { note }) } as LoadNews);
    };
    const finish = (news: LoadNews): void => {
      if (!isCurrent()) return;
      this.#running.delete(name);
      this.#tell(news);
    };
    this.#lookUp(job, tell, controller.signal).then(
      (value) => finish({ type: 'load-changed', name, key, done: true, note: null, ...(value === undefined ? {} : { value }) } as LoadNews),
      (error) => finish({ type: 'load-failed', name, key, problem: problemOf(error) } as LoadNews),
    );
  }

  async #lookUp(job: Job, tell: Tell<LookupValues[LookupName]>, signal: AbortSignal): Promise<LookupValues[LookupName] | undefined> {
    const services = this.#services;
    switch (job.name) {
      case 'files':
        return services.findFiles(tell, signal);
      case 'devices':
        await services.watchDevices(job.targets, tell, signal);
        return undefined;
      case 'check':
        return services.check(job.models, job.choices, tell, signal);
      case 'preview':
        return services.preview(job.models, job.choices, tell, signal);
      case 'runs':
        return services.listRuns(signal);
      case 'text':
        return job.what.kind === 'report' ? services.reportText(job.what.run, job.columns) : services.comparisonText(job.what.runs, job.columns);
      case 'completion':
        return services.complete(job.typed);
    }
  }

  #tell(news: LoadNews): void {
    this.#store.dispatch(news);
  }
}

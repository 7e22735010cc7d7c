import type { Interrupts } from '../interrupts.ts';
import type { Io } from '../io.ts';
import { resolveConfig } from '../config/resolve.ts';
import { EXIT } from '../exit-codes.ts';
import { createStyle, wantsColor } from '../ui/style.ts';
import type { OpenFace } from './face.ts';
import { Lookups } from './lookups.ts';
import { createServices } from './services/real-services.ts';
import { problemOf } from './services/problem-of.ts';
import { saveTargetOf } from './services/save-config.ts';
import type { Services } from './services/services.ts';
import { equivalentCommands, startingChoices } from './state/choices.ts';
import { initialState, type Request } from './state/state.ts';
import { AppStore } from './store.ts';
import { whyNotRun } from './rows/run-rows.ts';

/**
 * `dyno` without arguments: choosing, looking, running, all of it at once. Ends with the equivalent command on stdout. Resolves to the exit code of the
 * last run; 0 where nothing was run.
 */
export async function openApp(io: Io, interrupts: Interrupts, face: 'screen' | 'lines'): Promise<number> {
  const resolved = await resolveConfig({ cwd: io.cwd(), env: io.env, flags: {} });
  const { config, file } = resolved;
  const cwd = io.cwd();
  const store = new AppStore(initialState({ config, cwd, choices: startingChoices(config), saveTarget: saveTargetOf(file, cwd) }));
  const services = createServices(io, interrupts, resolved, face === 'lines');
  const openFace: OpenFace = face === 'lines' ? (await import('./linear/open-lines.ts')).openLines : (await import('./terminal/open-screen.tsx')).openScreen;
  try {
    await drive(store, services, openFace, io, interrupts);
  } finally {
    await services.close();
  }
  sayGoodbye(store, io);
  return store.state.outcome?.exitCode ?? (store.state.outcome ? EXIT.couldNotRun : EXIT.ok);
}

/** Does what the app asks for until it asks to end. Runs have the terminal for themselves. */
async function drive(store: AppStore, services: Services, openFace: OpenFace, io: Io, interrupts: Interrupts): Promise<void> {
  for (;;) {
    const lookups = new Lookups(store, services);
    const face = openFace(io, interrupts, store);
    let request: Request;
    try {
      request = await Promise.race([untilLeft(store, services, interrupts.signal), face.failed]);
    } finally {
      lookups.close();
      await face.close();
    }
    if (request === 'quit') return;
    store.dispatch({ type: 'ran', outcome: await services.run(store.state) });
  }
}

/** Answers requests that need no other screen; resolves to the first that does. */
async function untilLeft(store: AppStore, services: Services, signal: AbortSignal): Promise<Request> {
  for (;;) {
    const request = await nextRequest(store, signal);
    if (request === 'run' || request === 'quit') return request;
    try {
      await answer(request, store, services);
    } catch (error) {
      const { message, nextSteps } = problemOf(error);
      store.dispatch({ type: 'handled', notice: [message, ...nextSteps].join(' ') });
    }
  }
}

async function answer(request: Exclude<Request, 'run' | 'quit'>, { state, dispatch }: AppStore, services: Services): Promise<void> {
  switch (request) {
    case 'save':
      dispatch({ type: 'saved', to: services.save(state) });
      break;
    case 'add-model':
      dispatch({ type: 'model-added', model: services.modelAt(state.path ?? '') });
      break;
    case 'open-report':
      await services.openReport((state.screen === 'past' ? state.past : state.outcome?.directory) ?? '');
      dispatch({ type: 'handled' });
  }
}

function nextRequest(store: AppStore, signal: AbortSignal): Promise<Request> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { request } = store.state;
      if (request === null && !signal.aborted) return;
      unsubscribe();
      signal.removeEventListener('abort', look);
      if (signal.aborted) reject(signal.reason);
      else resolve(request as Request);
    };
    const unsubscribe = store.subscribe(look);
    signal.addEventListener('abort', look, { once: true });
    look();
  });
}

/** What was chosen, as commands that do the same anywhere. */
function sayGoodbye({ state }: AppStore, io: Io): void {
  if (whyNotRun(state) !== null) return;
  const style = createStyle(wantsColor(io.stdout, io.env));
  io.stderr.write(`${state.savedTo === null ? '' : `Saved as ${state.savedTo}. `}The same again, here or in CI:\n`);
  io.stdout.write(equivalentCommands(state).map((command) => `${style.bold(command)}\n`).join(''));
}

import { expect, test } from 'vitest';
import { Lookups } from '../../../cli/app/lookups.ts';
import type { Services, Tell } from '../../../cli/app/services/services.ts';
import type { CheckedModel } from '../../../cli/app/state/found.ts';
import { AppStore } from '../../../cli/app/store.ts';
import { UserError } from '../../../models/contracts/errors.ts';
import { cause, checked, DEVICES, FILES, PREVIEW, sampleState } from './sample-state.ts';

/** A check that is in the test's hands. */
interface Held {
  readonly tell: Tell<readonly CheckedModel[]>;
  readonly signal: AbortSignal;
  resolve(value: readonly CheckedModel[]): void;
  reject(error: unknown): void;
}

function held(): { services: Services; checks: Held[]; watched: AbortSignal[] } {
  const checks: Held[] = [];
  const watched: AbortSignal[] = [];
  const services: Partial<Services> = {
    findFiles: async () => FILES,
    watchDevices: (_targets, tell, signal) => {
      watched.push(signal);
      tell(DEVICES);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    check: (_models, _choices, tell, signal) => new Promise((resolve, reject) => void checks.push({ tell, signal, resolve, reject })),
    preview: async () => [PREVIEW],
  };
  return { services: services as Services, checks, watched };
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function open(): { store: AppStore; lookups: Lookups } & ReturnType<typeof held> {
  const parts = held();
  const store = new AppStore({ ...sampleState(), loads: {} });
  return { store, lookups: new Lookups(store, parts.services), ...parts };
}

test('a check begins with its screen, tells as it goes on, and its answer stays', async () => {
  const { store, checks } = open();
  await settled();
  store.dispatch({ type: 'toggled', id: 'ultramini' });
  expect(checks).toHaveLength(0);
  store.dispatch({ type: 'went', to: 'findings' });
  expect(checks).toHaveLength(1);
  checks[0]?.tell([checked([])], '1 of 2 checked');
  expect(store.state.loads.check).toMatchObject({ status: 'busy', note: '1 of 2 checked' });
  checks[0]?.resolve([checked([cause('rank', ['/a'])])]);
  await settled();
  expect(store.state.loads.check).toMatchObject({ status: 'ready', note: null });
  store.dispatch({ type: 'went', to: 'devices' });
  store.dispatch({ type: 'went', to: 'findings' });
  expect(checks).toHaveLength(1);
});

test('leaving gives a check up, and what it says afterwards is not heard', async () => {
  const { store, checks } = open();
  await settled();
  store.dispatch({ type: 'toggled', id: 'ultramini' });
  store.dispatch({ type: 'went', to: 'findings' });
  store.dispatch({ type: 'back' });
  expect(checks[0]?.signal.aborted).toBe(true);
  expect(store.state.loads.check).toBeUndefined();
  checks[0]?.tell([checked([])]);
  checks[0]?.reject(new Error('given up'));
  await settled();
  expect(store.state.loads.check).toBeUndefined();
  store.dispatch({ type: 'went', to: 'findings' });
  expect(checks).toHaveLength(2);
});

test('other choices are another question', async () => {
  const { store, checks } = open();
  await settled();
  store.dispatch({ type: 'toggled', id: 'ultramini' });
  store.dispatch({ type: 'went', to: 'findings' });
  checks[0]?.resolve([checked([])]);
  await settled();
  store.dispatch({ type: 'went', to: 'targets' });
  store.dispatch({ type: 'toggled', id: 'htp:SM8650' });
  store.dispatch({ type: 'went', to: 'findings' });
  expect(checks).toHaveLength(2);
});

test('a failure is told once and not tried again by itself', async () => {
  const { store, checks } = open();
  await settled();
  store.dispatch({ type: 'toggled', id: 'ultramini' });
  store.dispatch({ type: 'went', to: 'findings' });
  checks[0]?.reject(new UserError('The file is cut off.', ['Export it again.']));
  await settled();
  expect(store.state.loads.check).toMatchObject({ status: 'failed', problem: { message: 'The file is cut off.', nextSteps: ['Export it again.'] } });
  store.dispatch({ type: 'moved', by: 1 });
  expect(checks).toHaveLength(1);
});

test('devices are watched while their list is open, and what was found stays', async () => {
  const { store, watched } = open();
  await settled();
  store.dispatch({ type: 'toggled', id: 'ultramini' });
  store.dispatch({ type: 'went', to: 'devices' });
  expect(store.state.loads.devices).toMatchObject({ status: 'busy', value: DEVICES });
  store.dispatch({ type: 'went', to: 'targets' });
  expect(watched[0]?.aborted).toBe(true);
  expect(store.state.loads.devices).toMatchObject({ status: 'ready', value: DEVICES });
  store.dispatch({ type: 'went', to: 'devices' });
  expect(watched).toHaveLength(2);
});

test('closing gives everything up', async () => {
  const { store, lookups, checks } = open();
  await settled();
  store.dispatch({ type: 'toggled', id: 'ultramini' });
  store.dispatch({ type: 'went', to: 'findings' });
  lookups.close();
  expect(checks[0]?.signal.aborted).toBe(true);
  store.dispatch({ type: 'went', to: 'devices' });
  expect(store.state.loads.devices?.status).not.toBe('busy');
});

test('what was broken off by a run is begun again after it', async () => {
  const { store, lookups, services, checks } = open();
  await settled();
  store.dispatch({ type: 'toggled', id: 'ultramini' });
  store.dispatch({ type: 'went', to: 'findings' });
  lookups.close();
  expect(store.state.loads.check?.status).toBe('busy');
  const again = new Lookups(store, services);
  expect(checks).toHaveLength(2);
  again.close();
});

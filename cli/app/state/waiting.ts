import type { AppState, LookupName, ScreenId } from './state.ts';

/** Whether something is looked up that this screen waits for. */
export function isBusy({ screen, loads, path }: AppState): boolean {
  return [...lookupsOf(screen), ...(path === null ? [] : ['completion' as const])].some((name) => loads[name]?.status === 'busy');
}

/** What a screen waits for. */
export function lookupsOf(screen: ScreenId): readonly LookupName[] {
  return WAITS[screen] ?? [];
}

const WAITS: Readonly<Partial<Record<ScreenId, readonly LookupName[]>>> = {
  models: ['files'], devices: ['files'], findings: ['check'], rewrites: ['preview'], runs: ['runs'], result: ['text'], past: ['text'], comparison: ['text'],
};

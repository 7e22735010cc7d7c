import { expect, test } from 'vitest';
import { Dialogue } from '../../../cli/app/linear/dialogue.ts';
import type { AppState } from '../../../cli/app/state/state.ts';
import { AppStore } from '../../../cli/app/store.ts';
import { after, cause, checked, RUNS, sampleState, withLoad } from './sample-state.ts';

function open(state: AppState): { store: AppStore; say: (line: string) => string[] } {
  const store = new AppStore(state);
  let said: string[] = [];
  const dialogue = new Dialogue(store, (text) => void said.push(text));
  store.subscribe(() => dialogue.follow());
  dialogue.follow();
  return {
    store,
    say(line) {
      if (line !== '') said = [];
      if (line !== '') dialogue.answer(line);
      return said;
    },
  };
}

test('what can be chosen is read out with numbers, in words, without signs or boxes', () => {
  const { say } = open(sampleState());
  const said = say('').join('\n');
  expect(said).toMatch(/^Step 1 of 6\. Which models\?\nIn the config\n1\. ultramini, 439 kB, 2026-11-21/);
  expect(said).toContain('5. zoo:sesr-m5-x2, network, SESR M5');
  expect(said).not.toMatch(/[─│┌▸✗✓•[\]]/);
});

test('numbers choose one, several and ranges, and take back; nonsense is told', () => {
  const { store, say } = open(sampleState());
  expect(say('2')).toEqual([expect.stringMatching(/^chosen: nets\/edsr\.onnx, 5\.50? MB, 2026-11-20$/)]);
  say('1, 3-4');
  expect(store.state.choices.models).toEqual(['nets/edsr.onnx', 'ultramini', 'nets/日本語モデル.onnx', 'phone.mlpackage']);
  say('1');
  expect(store.state.choices.models).not.toContain('ultramini');
  for (const nonsense of ['99', '0', 'blah', '1-', '1-999999999', 'constructor']) expect(say(nonsense)[0]).toContain('That is no answer');
});

test('n, b and f lead through the steps; a notice is said', () => {
  const { store, say } = open(sampleState());
  expect(say('n')).toEqual(['Choose a model first.']);
  say('1');
  expect(say('n')[0]).toBe('Step 2 of 6. What shall they run on?');
  const found = say('f 8 gen 3').join('\n');
  expect(found).toContain('htp:SM8650, v75, 8 MB');
  expect(found).not.toContain('ane:');
  expect(say('f').join('\n')).toContain('more: m reads on.');
  expect(say('m').join('\n')).not.toMatch(/^1\. /m);
  expect(say('b')[0]).toBe('Step 1 of 6. Which models?');
  expect(store.state.screen).toBe('models');
});

test('details and places of a finding are read in full', () => {
  const { say } = open(withLoad(after(sampleState(), { type: 'toggled', id: 'ultramini' }, { type: 'went', to: 'findings' }), 'check', [checked([cause('rank', ['/a', '/b'])])]));
  expect(say('').join('\n')).toContain('2. Tensor of rank 6 or more (rank), blocks-conversion, /a and 1 more, e opens its places');
  expect(say('d 2')).toEqual(expect.arrayContaining(['Core ML takes at most 5 axes.', '→ Write it in fewer axes.', '/a  Reshape  [1, 3, 64, 2, 64, 2]  in /up']));
  expect(say('e 2').join('\n')).toContain('4. /b, Reshape');
});

test('waiting is said once, and what was waited for when it is there', () => {
  const busy = after(sampleState(), { type: 'toggled', id: 'ultramini' }, { type: 'went', to: 'findings' }, { type: 'load-started', name: 'check', key: 'k' });
  const { store, say } = open(busy);
  expect(say('')).toEqual(['Please wait.']);
  store.dispatch({ type: 'load-changed', name: 'check', key: 'k', value: [checked([])], note: '1 of 2' });
  expect(say('')).toEqual(['Please wait.']);
  store.dispatch({ type: 'load-changed', name: 'check', key: 'k', value: [checked([])], done: true });
  expect(say('').join('\n')).toContain('Nothing known keeps it off the unit.');
  store.dispatch({ type: 'load-started', name: 'check', key: 'k2' });
  store.dispatch({ type: 'load-changed', name: 'check', key: 'k2', done: true });
  expect(say('').slice(-2)).toEqual(['Please wait.', 'Done. l reads the list again.']);
});

test('the run is started by its number, and quitting asks', () => {
  const { store, say } = open(after(sampleState(), { type: 'toggled', id: 'nets/edsr.onnx' }, { type: 'went', to: 'run' }));
  expect(say('').join('\n')).toContain('$ dyno run nets/edsr.onnx');
  expect(say('q')).toEqual(['Save what was chosen as dyno.config.json?', '1. Save and finish', '2. Finish without saving', '3. Stay']);
  say('3');
  expect(store.state).toMatchObject({ dialog: null, request: null });
  say('1');
  expect(store.state.request).toBe('run');
});

test('past runs: one is read, two are marked and compared', () => {
  const { store, say } = open(withLoad(after(sampleState(), { type: 'runs' }), 'runs', RUNS));
  expect(say('').join('\n')).toContain('2026-11-20 20:00, ultramini, exit 1, 1 gate failed.');
  say('1,2');
  expect(store.state.marked).toHaveLength(2);
  say('c');
  expect(store.state.screen).toBe('comparison');
  say('b');
  say('1');
  expect(store.state).toMatchObject({ screen: 'past', past: RUNS[0]?.id });
});

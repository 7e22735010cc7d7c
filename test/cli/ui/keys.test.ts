import { expect, test } from 'vitest';
import { type Pressed, press } from '../../../cli/ui/keys.ts';
import { EMPTY_STATE, reduce, type UiState } from '../../../cli/ui/reduce.ts';
import { FIRST_VIEW, type View } from '../../../cli/ui/view.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';

const at = '2026-11-21T12:00:00.000Z';
const device = (name: string, phase: 'measuring' | 'done'): DynoEvent => ({ type: 'device', at, id: 'b', device: { device: name, label: name, phase, done: 0, total: 1, note: null, health: null } });
const run: DynoEvent[] = [
  { type: 'run-started', at, directory: 'runs/x', steps: ['a', 'b', 'c', 'd'].map((id) => ({ id, kind: 'fake', title: `Do ${id}` })) },
  { type: 'step-started', at, id: 'a' },
  { type: 'step-finished', at, id: 'a', outcome: 'done', summary: '', ms: 1 },
  { type: 'step-started', at, id: 'b' },
];
const after = (...events: DynoEvent[]): UiState => [...run, ...events].reduce(reduce, EMPTY_STATE);

/** Presses one key after the other; the wishes that came of them. */
function type(state: UiState, ...keys: string[]): { view: View; wishes: Pressed['wish'][] } {
  let view: View = FIRST_VIEW;
  const wishes: Pressed['wish'][] = [];
  for (const key of keys) {
    const pressed = press(view, state, key);
    view = pressed.view;
    if (pressed.wish) wishes.push(pressed.wish);
  }
  return { view, wishes };
}

test('s leaves out the step at work, after a yes and nothing else', () => {
  expect(type(after(), 's', 'y').wishes).toEqual([{ type: 'skip', step: 'b' }]);
  expect(type(after(), 's', 'return').wishes).toEqual([{ type: 'skip', step: 'b' }]);
  for (const key of ['n', 'escape', 's', 'x']) expect(type(after(), 's', key)).toMatchObject({ wishes: [], view: { confirm: null } });
});

test('on the list s leaves out the step under the cursor; what is over is not left out any more', () => {
  expect(type(after(), 'tab', 'down', 's', 'y').wishes).toEqual([{ type: 'skip', step: 'c' }]);
  expect(type(after(), 'tab', 'end', 's', 'y').wishes).toEqual([{ type: 'skip', step: 'd' }]);
  const { wishes, view } = type(after(), 'tab', 'up', 's');
  expect(wishes).toEqual([]);
  expect(view).toMatchObject({ step: 'a', confirm: null, remark: expect.stringContaining('waits or works') });
  expect(type(after(), 'tab', 'home', 'page-down', 'k').view.step).toBe('c');
});

test('a step that is being left out already is not asked about again', () => {
  expect(type(after({ type: 'step-skipped', at, id: 'b', by: 'user', reason: 'by hand' }), 's')).toMatchObject({ wishes: [], view: { confirm: null, remark: 'It is being left out already.' } });
});

test('a question is answered by its letters, before they mean anything else', () => {
  const asking = after({ type: 'question', at, id: 'b', message: 'no luck', hint: null, choices: ['retry', 'skip', 'abort'] });
  expect(['r', 's', 'a'].map((key) => type(asking, key).wishes)).toEqual((['retry', 'skip', 'abort'] as const).map((answer) => [{ type: 'answer', step: 'b', answer }]));
  const essential = after({ type: 'question', at, id: 'b', message: 'no luck', hint: null, choices: ['retry', 'abort'] });
  expect(type(essential, 's').wishes).toEqual([]);
});

test('a stops one phone by its number, or everything', () => {
  const phones = after(device('android:1', 'measuring'), device('android:2', 'done'), device('android:3', 'measuring'));
  expect(type(phones, 'a').view.confirm).toEqual({ kind: 'stop', devices: ['android:1', 'android:3'] });
  expect(type(phones, 'a', '2').wishes).toEqual([{ type: 'stop-device', device: 'android:3' }]);
  expect(type(phones, 'a', 'a').wishes).toEqual([{ type: 'interrupt' }]);
  for (const key of ['3', '0', 'escape', 'y']) expect(type(phones, 'a', key).wishes).toEqual([]);
});

test('Ctrl-C is never anything else, whatever the screen asks', () => {
  for (const keys of [[], ['?'], ['s'], ['a'], ['tab', 'l']]) expect(type(after(), ...keys, 'ctrl-c').wishes).toEqual([{ type: 'interrupt' }]);
});

test('r does after all what was left out: the step under the cursor, else the last one', () => {
  const out = (id: string, by: 'user' | 'need' = 'user'): DynoEvent[] => [{ type: 'step-skipped', at, id, by, reason: 'by hand' }, { type: 'step-finished', at, id, outcome: 'skipped', summary: 'by hand', ms: 0 }];
  expect(type(after(...out('c'), ...out('d')), 'r').wishes).toEqual([{ type: 'retry', step: 'd' }]);
  expect(type(after(...out('c'), ...out('d', 'need')), 'r').wishes).toEqual([{ type: 'retry', step: 'c' }]);
  expect(type(after(...out('c'), ...out('d')), 'tab', 'down', 'r').wishes).toEqual([{ type: 'retry', step: 'c' }]);
  const notHere: DynoEvent = { type: 'step-finished', at, id: 'c', outcome: 'skipped', summary: 'no compiler here', ms: 3 };
  expect(type(after(notHere), 'r').wishes).toEqual([]);
  expect(type(after(), 'r')).toMatchObject({ wishes: [], view: { remark: expect.stringContaining('No step was left out') } });
});

test('Tab goes round the parts there are; the log scrolls back no further than it is long', () => {
  expect(type(after(), 'tab', 'tab').view.focus).toBe('work');
  expect(type(after(), 'l', 'shift-tab').view.focus).toBe('log');
  const { log } = after();
  expect(type(after(), 'l', 'page-up', 'page-up').view.back).toBe(log.length - 1);
  expect(type(after(), 'l', 'up', 'up', 'down').view.back).toBe(1);
  expect(type(after(), 'l', 'up', 'l').view).toMatchObject({ log: false, back: 0 });
});

test('d goes through the devices and back to all; one that a program calls by its serial is no other', () => {
  const phones = after(device('android:R5', 'measuring'), { type: 'log', at, id: 'b', line: { source: 'adb', level: 'info', text: 'push', device: 'R5' } }, { type: 'log', at, id: 'b', line: { source: 'adb', level: 'info', text: 'push', device: '127.0.0.1:5' } });
  expect(['d', 'd d', 'd d d'].map((keys) => type(phones, ...keys.split(' ')).view.device)).toEqual(['android:R5', '127.0.0.1:5', null]);
});

test('help closes by any key, which does nothing else', () => {
  expect(type(after(), '?').view.help).toBe(true);
  expect(type(after(), '?', 's')).toMatchObject({ wishes: [], view: { help: false, confirm: null } });
});

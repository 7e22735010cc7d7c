import { render } from 'ink-testing-library';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../../../cli/ui/ink/app.tsx';
import { ScreenStore } from '../../../cli/ui/ink/store.ts';
import type { Wish } from '../../../cli/ui/keys.ts';
import type { Line } from '../../../cli/ui/screen/line.ts';
import { createStyle } from '../../../cli/ui/style.ts';
import type { DynoEvent } from '../../../models/contracts/index.ts';

const at = '2026-11-21T12:00:00.000Z';
const start: DynoEvent = {
  type: 'run-started',
  at,
  directory: 'runs/x',
  steps: [
    { id: 'a', kind: 'check', title: 'Check it' },
    { id: 'b', kind: 'quality', title: 'Score it' },
  ],
};

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** Lets a while go by, and gives React's scheduler the turns of the event loop that it needs to draw. */
async function wait(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

interface Opened {
  readonly store: ScreenStore;
  readonly screen: ReturnType<typeof render>;
  readonly frames: string[];
  readonly wishes: Wish[];
  /** What went up into the scrollback. */
  readonly settled: () => string;
}

async function open(canFill = false): Promise<Opened> {
  const store = new ScreenStore({ title: 'a model → ane:A15', columns: () => 80, canFill });
  const wishes: Wish[] = [];
  const settled: Line[] = [];
  const frames: string[] = [];
  const screen = render(
    <App
      store={store}
      style={createStyle(false)}
      size={() => ({ columns: 80, rows: 24 })}
      onWish={(wish) => wishes.push(wish)}
      paint={(lines) => void frames.push(lines.join('\n'))}
      beforeFrame={() => void settled.push(...store.takeSettled())}
      isStopping={() => wishes.some(({ type }) => type === 'interrupt')}
      now={() => Date.parse(at) + 2000}
    />,
  );
  await wait(0);
  return { store, screen, frames, wishes, settled: () => settled.map((line) => line.map(({ text }) => text).join('')).join('\n') };
}

test('what is running is drawn, what is finished goes up into the scrollback', async () => {
  const { store, screen, frames, settled } = await open();
  store.take(start);
  store.take({ type: 'step-started', at, id: 'a' });
  await wait(100);
  expect(settled()).toContain('dyno  a model → ane:A15');
  expect(frames.at(-1)).toMatch(/[⠋-⣿] Check it +2 s/);
  store.take({ type: 'step-finished', at, id: 'a', outcome: 'done', summary: '3 findings', ms: 1200 });
  store.take({ type: 'step-started', at, id: 'b' });
  await wait(100);
  expect(settled()).toMatch(/✓ Check it {2}3 findings +1\.2 s/);
  expect(frames.at(-1)).toContain('1 of 2 steps');
  screen.unmount();
});

test('events between two frames are drawn once, however many they are', async () => {
  const { store, screen, frames } = await open();
  store.take(start);
  await wait(100);
  const before = frames.length;
  for (let i = 0; i < 5000; i++) store.take({ type: 'step-progress', at, id: 'a', done: i, total: 5000, note: null });
  await wait(100);
  expect(frames.length - before).toBe(1);
  screen.unmount();
});

test('with nothing new a frame a second is drawn, for the clocks', async () => {
  const { store, screen, frames } = await open();
  store.take(start);
  await wait(100);
  const before = frames.length;
  for (let i = 0; i < 50; i++) await wait(100);
  expect(frames.length - before).toBe(5);
  screen.unmount();
});

test('while something is timed the screen is drawn twice a second, and a key at once', async () => {
  const { store, screen, frames } = await open();
  store.take({ ...start, steps: [{ id: 'a', kind: 'bench', title: 'Time it' }] } as DynoEvent);
  store.take({ type: 'step-started', at, id: 'a' });
  await wait(100);
  const before = frames.length;
  for (let i = 0; i < 20; i++) {
    store.take({ type: 'step-progress', at, id: 'a', done: i, total: 20, note: null });
    await wait(100);
  }
  expect(frames.length - before).toBe(4);
  screen.stdin.write('?');
  await wait(0);
  expect(frames.at(-1)).toContain('leave out a step');
  screen.unmount();
});

test('Ctrl-C is handed on, and the screen says that it is stopping', async () => {
  const { store, screen, frames, wishes } = await open();
  store.take(start);
  await wait(100);
  screen.stdin.write('\x03');
  await wait(0);
  expect(wishes).toEqual([{ type: 'interrupt' }]);
  expect(frames.at(-1)).toContain('Stopping');
  screen.unmount();
});

test('keys that are read together count one by one', async () => {
  const { store, screen, wishes } = await open();
  store.take(start);
  store.take({ type: 'step-started', at, id: 'a' });
  await wait(100);
  screen.stdin.write('sy');
  await wait(0);
  expect(wishes).toEqual([{ type: 'skip', step: 'a' }]);
  screen.unmount();
});

test('a question is drawn at once and answered by a key', async () => {
  const { store, screen, frames, wishes } = await open(true);
  store.take({ ...start, steps: [{ id: 'a', kind: 'bench', title: 'Time it' }] } as DynoEvent);
  store.take({ type: 'step-started', at, id: 'a' });
  await wait(100);
  store.take({ type: 'question', at, id: 'a', message: 'the phone is gone', hint: 'Plug it in.', choices: ['retry', 'skip', 'abort'] });
  await wait(0);
  expect(frames.at(-1)).toMatch(/✗ Time it failed\n {2}the phone is gone\n {2}→ Plug it in\.\nWhat now\? {2}r try again {2}s leave out {2}a end run/);
  screen.stdin.write('r');
  await wait(0);
  expect(wishes).toEqual([{ type: 'answer', step: 'a', answer: 'retry' }]);
  screen.unmount();
});

test('a run takes the whole terminal where there is a second screen, a single command never', async () => {
  const { store, screen, frames } = await open(true);
  store.take({ ...start, directory: null } as DynoEvent);
  expect(store.view.full).toBe(false);
  store.take(start);
  await wait(100);
  expect(store.view.full).toBe(true);
  expect(frames.at(-1)?.split('\n')).toHaveLength(23);
  screen.stdin.write('f');
  await wait(0);
  expect(store.view.full).toBe(false);
  screen.unmount();
});

test('once closed nothing of the live part is left', async () => {
  const { store, frames, settled } = await open();
  store.take(start);
  store.take({ type: 'step-started', at, id: 'a' });
  await wait(100);
  store.take({ type: 'step-finished', at, id: 'a', outcome: 'failed', summary: 'broken', ms: 5 });
  store.close();
  await wait(0);
  expect(settled()).toContain('✗ Check it');
  expect(frames.at(-1)).toBe('');
});

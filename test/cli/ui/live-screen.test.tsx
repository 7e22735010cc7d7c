import { render } from 'ink-testing-library';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { App } from '../../../cli/ui/ink/app.tsx';
import { ScreenStore } from '../../../cli/ui/ink/store.ts';
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

beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** One frame, and the turns of the event loop that React's scheduler needs to draw it. */
async function frame(): Promise<void> {
  vi.advanceTimersByTime(100);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function open(): { store: ScreenStore; screen: ReturnType<typeof render>; pressed: () => number } {
  const store = new ScreenStore('a model → ane:A15', () => 80);
  let count = 0;
  const screen = render(
    <App
      store={store}
      onInterrupt={() => {
        count++;
      }}
      isStopping={() => count > 0}
      now={() => Date.parse(at) + 2000}
    />,
  );
  return { store, screen, pressed: () => count };
}

test('what is running is drawn, what is finished goes up into the scrollback', async () => {
  const { store, screen } = open();
  store.take(start);
  store.take({ type: 'step-started', at, id: 'a' });
  await frame();
  expect(screen.lastFrame()).toContain('dyno  a model → ane:A15');
  expect(screen.lastFrame()).toMatch(/[⠋-⣿] Check it +2 s/);
  store.take({ type: 'step-finished', at, id: 'a', outcome: 'done', summary: '3 findings', ms: 1200 });
  store.take({ type: 'step-started', at, id: 'b' });
  await frame();
  expect(screen.lastFrame()).toMatch(/✓ Check it {2}3 findings +1\.2 s/);
  expect(screen.lastFrame()).toContain('1 of 2 steps');
  screen.unmount();
});

test('events between two frames are drawn once', async () => {
  const { store, screen } = open();
  store.take(start);
  await frame();
  const before = screen.frames.length;
  for (let i = 0; i < 500; i++) store.take({ type: 'step-progress', at, id: 'a', done: i, total: 500, note: null });
  await frame();
  expect(screen.frames.length - before).toBeLessThanOrEqual(2);
  screen.unmount();
});

test('while something is timed the screen is drawn twice a second', async () => {
  const { store, screen } = open();
  store.take({ ...start, steps: [{ id: 'a', kind: 'bench', title: 'Time it' }] } as DynoEvent);
  store.take({ type: 'step-started', at, id: 'a' });
  await frame();
  const before = screen.frames.length;
  for (let i = 0; i < 20; i++) await frame();
  expect(screen.frames.length - before).toBeLessThanOrEqual(5);
  expect(screen.frames.length - before).toBeGreaterThanOrEqual(3);
  screen.unmount();
});

test('Ctrl-C is handed on, and the screen says that it is stopping', async () => {
  const { store, screen, pressed } = open();
  store.take(start);
  await frame();
  screen.stdin.write('\x03');
  await frame();
  expect(pressed()).toBe(1);
  expect(screen.lastFrame()).toContain('Stopping');
  screen.unmount();
});

/** In CI Ink ends with a bare line break of its own, which is no frame. */
test('once closed the live part is gone and the last settled line is on the screen', async () => {
  const { store, screen } = open();
  store.take(start);
  store.take({ type: 'step-started', at, id: 'a' });
  await frame();
  store.take({ type: 'step-finished', at, id: 'a', outcome: 'failed', summary: 'broken', ms: 5 });
  store.close();
  await frame();
  await frame();
  const last = screen.frames.findLast((text) => text.trim() !== '');
  expect(last).toContain('✗ Check it');
  expect(last).not.toContain('Ctrl-C');
});

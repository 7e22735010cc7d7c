import { render } from 'ink';
import type { Interrupts } from '../../interrupts.ts';
import type { Io } from '../../io.ts';
import type { FrontEnd } from '../front-end.ts';
import { App } from './app.tsx';
import { ScreenStore } from './store.ts';

/** Draws on stderr until closed, so that stdout keeps to results. */
export function openLiveScreen(io: Io, interrupts: Interrupts, title: string): FrontEnd {
  const store = new ScreenStore(title, () => io.stderr.columns || 80);
  const screen = render(<App store={store} onInterrupt={interrupts.interrupt} isStopping={() => interrupts.signal.aborted} />, {
    stdout: io.stderr,
    stdin: io.stdin,
    stderr: io.stderr,
    exitOnCtrlC: false,
    patchConsole: false,
    maxFps: 10,
  });
  return {
    emit: (event) => store.take(event),
    async close() {
      store.close();
      await screen.waitUntilExit();
    },
  };
}

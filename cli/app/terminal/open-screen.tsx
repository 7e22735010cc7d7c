import { Writable } from 'node:stream';
import { render } from 'ink';
import type { Interrupts } from '../../interrupts.ts';
import type { Io } from '../../io.ts';
import { createStyle, wantsColor } from '../../ui/style.ts';
import { Terminal } from '../../ui/terminal.ts';
import type { Face } from '../face.ts';
import type { AppStore } from '../store.ts';
import { AppView } from '../views/app-view.tsx';
import { suspend } from './suspend.ts';

/** Puts the app onto the other screen of stderr's terminal until closed. Whatever ends it, the terminal is given back as it was. */
export function openScreen(io: Io, interrupts: Interrupts, store: AppStore): Face {
  const { stdin, stderr, env } = io;
  let terminal = fullTerminal(io);
  const paint = (lines: readonly string[]): void => terminal.paint(lines);
  const drawAnew = (): void => {
    terminal.resized();
    store.dispatch({ type: 'resized', columns: terminal.columns, rows: terminal.rows - 1 });
  };
  const restore = (): void => terminal.close();
  const leave = (): void => {
    restore();
    stdin.setRawMode(false);
  };
  const comeBack = (): void => {
    restore();
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    terminal = fullTerminal(io);
    drawAnew();
  };
  const forget = interrupts.beforeKill(restore);
  process.once('exit', restore);
  stderr.on('resize', drawAnew);
  process.on('SIGCONT', comeBack);
  drawAnew();
  const ink = orElse(restore, () => render(
    <AppView store={store} style={createStyle(wantsColor(stderr, env))} paint={paint} onInterrupt={interrupts.interrupt} onSuspend={() => suspend(leave, comeBack)} onRedraw={drawAnew} />,
    { stdout: nowhere(), stdin, stderr, debug: true, exitOnCtrlC: false, patchConsole: false, isScreenReaderEnabled: false },
  ));
  let closing = false;
  const failed = ink.waitUntilExit().then((): Promise<never> => (closing ? new Promise(() => undefined) : Promise.reject(new Error('The screen ended by itself.'))));
  failed.catch(() => undefined);
  return {
    failed,
    async close() {
      closing = true;
      stderr.off('resize', drawAnew);
      process.off('SIGCONT', comeBack);
      ink.unmount();
      await ink.waitUntilExit().catch(() => undefined);
      restore();
      process.off('exit', restore);
      forget();
    },
  };
}

function fullTerminal({ stderr, env }: Io): Terminal {
  const terminal = new Terminal(stderr, env);
  terminal.setFull(true);
  return terminal;
}

/** What fails while the screen is put up is told on the main screen. */
function orElse<T>(restore: () => void, work: () => T): T {
  try {
    return work();
  } catch (error) {
    restore();
    throw error;
  }
}

/** What Ink takes for its stdout: it reads keys and holds the components together, and has nothing to draw. */
function nowhere(): NodeJS.WriteStream {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  return Object.assign(stream, { columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
}

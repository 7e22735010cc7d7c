import { Writable } from 'node:stream';
import { render } from 'ink';
import type { Interrupts } from '../../interrupts.ts';
import type { Io } from '../../io.ts';
import type { RunControl } from '../../pipeline/run-control.ts';
import type { FrontEnd } from '../front-end.ts';
import { carryOut } from '../carry-out.ts';
import type { Wish } from '../keys.ts';
import { paintLine } from '../screen/paint.ts';
import { createStyle, wantsColor } from '../style.ts';
import { Terminal } from '../terminal.ts';
import { App } from './app.tsx';
import { ScreenStore } from './store.ts';

export interface LiveScreenOptions {
  readonly title: string;
  readonly control: RunControl;
  /** A step that fails may ask what to do. */
  readonly asks: boolean;
}

/** Draws on stderr until closed, so that stdout keeps to results. */
export function openLiveScreen(io: Io, interrupts: Interrupts, { title, control, asks }: LiveScreenOptions): FrontEnd {
  const { stdin, stderr, env } = io;
  const style = createStyle(wantsColor(stderr, env));
  const terminal = new Terminal(stderr, env);
  const store = new ScreenStore({ title, columns: () => terminal.columns, canFill: !/^(?:linux|vt\d+)/.test(env['TERM'] ?? '') });
  const leave = asks ? control.attend() : () => {};
  const onWish = (wish: Wish): void => {
    const refused = carryOut(wish, control, interrupts);
    if (refused !== null) store.remark(refused);
  };
  const beforeFrame = (): void => {
    terminal.settle(store.takeSettled().map((line) => paintLine(line, style)));
    terminal.setFull(store.view.full && !store.closed);
  };
  const resized = (): void => {
    terminal.resized();
    store.resized();
  };
  const screen = render(
    <App
      store={store} style={style} size={() => ({ columns: terminal.columns, rows: terminal.rows })} onWish={onWish}
      beforeFrame={beforeFrame} paint={(lines) => terminal.paint(lines)} isStopping={() => interrupts.signal.aborted}
    />,
    { stdout: nowhere(), stdin, stderr, debug: true, exitOnCtrlC: false, patchConsole: false, isScreenReaderEnabled: false },
  );
  const restore = (): void => terminal.close();
  const forget = interrupts.beforeKill(restore);
  process.once('exit', restore);
  stderr.on('resize', resized);
  return {
    emit: (event) => store.take(event),
    async close() {
      leave();
      store.close();
      await screen.waitUntilExit();
      beforeFrame();
      terminal.close();
      stderr.off('resize', resized);
      process.off('exit', restore);
      forget();
    },
  };
}

/** What Ink takes for its stdout: it has nothing to draw, and with `debug` it sends no sequences of its own. Without a size it would start a program to ask. */
function nowhere(): NodeJS.WriteStream {
  const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
  return Object.assign(stream, { columns: 80, rows: 24 }) as unknown as NodeJS.WriteStream;
}

import { type Instance, render } from 'ink';
import type { Interrupts } from '../../interrupts.ts';
import type { Io } from '../../io.ts';
import { createStyle, wantsColor } from '../../ui/style.ts';
import type { Face } from '../face.ts';
import type { AppStore } from '../store.ts';
import { AppView } from '../views/app-view.tsx';
import { AlternateScreen } from './alternate-screen.ts';
import { ScreenWriter } from './screen-writer.ts';
import { suspend } from './suspend.ts';

/** Puts the app onto the alternate screen of stderr's terminal until closed. */
export function openScreen(io: Io, interrupts: Interrupts, store: AppStore): Face {
  const { stdin, stderr } = io;
  const alternate = new AlternateScreen(stderr);
  const writer = new ScreenWriter(stderr);
  const onResize = (): void => {
    writer.forget();
    store.dispatch({ type: 'resized', columns: writer.columns, rows: writer.rows });
  };
  const leave = (): void => {
    writer.mute(true);
    alternate.leave();
    stdin.setRawMode(false);
  };
  const comeBack = (): void => {
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    alternate.enter();
    writer.mute(false);
    writer.redraw();
    onResize();
  };
  const draw = (): Instance => {
    const view = <AppView store={store} style={createStyle(wantsColor(stderr, io.env))} onInterrupt={interrupts.interrupt} onSuspend={() => suspend(leave, comeBack)} onRedraw={() => writer.redraw()} />;
    // In its debug mode Ink hands over every frame whole and leaves the terminal alone: the writer decides what of it is written.
    return render(view, { stdout: writer as unknown as NodeJS.WriteStream, stdin, stderr, debug: true, exitOnCtrlC: false, patchConsole: false });
  };
  alternate.enter();
  onResize();
  const ink = orLeave(draw, alternate);
  stderr.on('resize', onResize);
  process.on('SIGCONT', comeBack);
  let closing = false;
  const failed = new Promise<never>((_, reject) => {
    ink.waitUntilExit().then(() => { if (!closing) reject(new Error('The screen ended by itself.')); }, reject);
  });
  failed.catch(() => undefined);
  return {
    failed,
    async close() {
      closing = true;
      stderr.off('resize', onResize);
      process.off('SIGCONT', comeBack);
      writer.mute(true);
      ink.unmount();
      await ink.waitUntilExit().catch(() => undefined);
      alternate.leave();
    },
  };
}

/** What fails while the screen is put up is told on the main screen. */
function orLeave<T>(work: () => T, alternate: AlternateScreen): T {
  try {
    return work();
  } catch (error) {
    alternate.leave();
    throw error;
  }
}

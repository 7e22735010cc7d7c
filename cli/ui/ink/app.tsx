import { Box, Static, useApp, useInput, useStdin, useStdout } from 'ink';
import { type ReactElement, useEffect, useState } from 'react';
import { liveLines } from '../screen/screen.ts';
import { LinesView } from './lines-view.tsx';
import type { ScreenStore, Settled } from './store.ts';

const FRAME_MS = 100;

/** While something is timed on this machine, drawing must not take its time. */
const FRAME_MS_TIMING = 500;

export interface AppProps {
  readonly store: ScreenStore;
  readonly onInterrupt: () => void;
  readonly isStopping: () => boolean;
  readonly now?: () => number;
}

/** The live screen: what is settled goes up into the scrollback, what is running is drawn anew, ten times a second at most. */
export function App({ store, onInterrupt, isStopping, now = Date.now }: AppProps): ReactElement {
  const { exit } = useApp();
  const { stdout } = useStdout();
  const { isRawModeSupported } = useStdin();
  const [{ frame, closed }, draw] = useState({ frame: 0, closed: false });
  useInput(
    (input, key) => {
      if (key.ctrl && input === 'c') onInterrupt();
    },
    { isActive: isRawModeSupported },
  );
  useEffect(() => {
    let drawnAt = 0;
    const timer = setInterval(() => {
      const pause = store.isTiming && !store.closed ? FRAME_MS_TIMING : FRAME_MS;
      if (performance.now() - drawnAt < pause - FRAME_MS / 2) return;
      drawnAt = performance.now();
      draw((last) => ({ frame: last.frame + 1, closed: store.closed }));
    }, FRAME_MS);
    return () => clearInterval(timer);
  }, [store]);
  // The last frame has to be on the screen before the screen ends.
  useEffect(() => {
    if (closed) exit();
  }, [closed, exit]);
  const screen = { columns: stdout.columns || 80, rows: stdout.rows || 24, now: now(), frame, stopping: isStopping() };
  return (
    <>
      <Static items={store.settled as Settled[]}>{({ key, lines }) => <LinesView key={key} lines={lines} />}</Static>
      <Box>{closed ? null : <LinesView lines={liveLines(store.state, screen)} />}</Box>
    </>
  );
}

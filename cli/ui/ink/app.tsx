import { useApp, useInput, useStdin } from 'ink';
import { type ReactNode, useEffect, useLayoutEffect, useReducer } from 'react';
import type { Wish } from '../keys.ts';
import { paintLine } from '../screen/paint.ts';
import { liveLines } from '../screen/screen.ts';
import type { Style } from '../style.ts';
import { keyName } from './key-name.ts';
import { Pace } from './pace.ts';
import type { ScreenStore } from './store.ts';

const FRAME_MS = 100;

/** While something is timed on this machine, drawing must not take its time. */
const FRAME_MS_TIMING = 500;

export interface AppProps {
  readonly store: ScreenStore;
  readonly style: Style;
  readonly size: () => { readonly columns: number; readonly rows: number };
  readonly onWish: (wish: Wish) => void;
  /** Called before each frame: what has settled since the last one goes above it. */
  readonly beforeFrame: () => void;
  /** Puts a frame onto the terminal. */
  readonly paint: (lines: readonly string[]) => void;
  readonly isStopping: () => boolean;
  readonly now?: () => number;
}

/**
 * The live part of the screen, drawn after changes, ten times a second at most; keys at once. Its lines are fitted to the terminal already and go there
 * as they are: laid out by Ink once more they would take several times the processor time, of which a benchmark on this machine has
 * none to spare.
 */
export function App({ store, style, size, onWish, beforeFrame, paint, isStopping, now = Date.now }: AppProps): ReactNode {
  const { exit } = useApp();
  const { isRawModeSupported } = useStdin();
  const [frame, draw] = useReducer((last: number) => last + 1, 0);
  useInput(
    (input, key) => {
      // Letters that come faster than they are read come as one text.
      for (const letter of [...input].length > 1 ? input : [input]) {
        const name = keyName(letter, key);
        const wish = name === null ? null : store.press(name);
        if (wish) onWish(wish);
      }
    },
    { isActive: isRawModeSupported },
  );
  useEffect(() => {
    const pace = new Pace(
      () => {
        beforeFrame();
        draw();
      },
      () => (store.isTiming ? FRAME_MS_TIMING : FRAME_MS),
    );
    store.subscribe((urgent) => (urgent ? pace.now() : pace.changed()));
    pace.now();
    return () => pace.stop();
  }, [store, beforeFrame]);
  // The last frame has to be on the screen before the screen ends.
  const { closed } = store;
  useEffect(() => {
    if (closed) exit();
  }, [closed, exit]);
  const lines = closed ? [] : liveLines(store.state, { ...size(), now: now(), frame, stopping: isStopping() }, store.view, store.title);
  useLayoutEffect(() => paint(lines.map((line) => paintLine(line, style))));
  return null;
}

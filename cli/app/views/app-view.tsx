import { useInput, useStdin } from 'ink';
import { type ReactNode, useEffect, useLayoutEffect, useState, useSyncExternalStore } from 'react';
import { paintLine } from '../../ui/screen/paint.ts';
import type { Style } from '../../ui/style.ts';
import { actionOf } from '../state/keys.ts';
import { isBusy } from '../state/waiting.ts';
import type { AppStore } from '../store.ts';
import { readKeys } from '../terminal/read-key.ts';
import { screenLines } from './screen-lines.ts';

const FRAME_MS = 120;

export interface AppViewProps {
  readonly store: AppStore;
  readonly style: Style;
  /** Puts a frame onto the terminal. */
  readonly paint: (lines: readonly string[]) => void;
  readonly onInterrupt: () => void;
  readonly onSuspend: () => void;
  readonly onRedraw: () => void;
}

/** The app on the screen. Its lines are fitted to the terminal already and go there as they are: laid out by Ink once more they would cost several times as much. */
export function AppView(props: AppViewProps): ReactNode {
  const { store, style, paint } = props;
  const state = useSyncExternalStore(store.subscribe, () => store.state);
  const frame = useFrames(isBusy(state));
  useKeys(props);
  useLayoutEffect(() => paint(screenLines(state, frame).map((line) => paintLine(line, style))), [state, frame, style, paint]);
  return null;
}

/** Counts up while something goes on, and costs nothing when nothing does. */
function useFrames(isRunning: boolean): number {
  const [frame, setFrame] = useState(0);
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(() => setFrame((last) => last + 1), FRAME_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return frame;
}

function useKeys({ store, onInterrupt, onSuspend, onRedraw }: AppViewProps): void {
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      if (key.ctrl && input === 'c') return onInterrupt();
      if (key.ctrl && input === 'z') return onSuspend();
      if (key.ctrl && input === 'l') return onRedraw();
      for (const press of readKeys(input, key)) {
        const action = actionOf(store.state, press);
        if (action) store.dispatch(action);
      }
    },
    { isActive: isRawModeSupported },
  );
}

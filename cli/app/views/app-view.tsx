import { Box, Text, useInput, useStdin } from 'ink';
import { type ReactElement, useEffect, useState, useSyncExternalStore } from 'react';
import type { Style } from '../../ui/style.ts';
import { actionOf } from '../state/keys.ts';
import { isBusy } from '../state/waiting.ts';
import type { AppStore } from '../store.ts';
import { readKeys } from '../terminal/read-key.ts';
import { paintLine } from './paint.ts';
import { screenLines } from './screen-lines.ts';

const FRAME_MS = 120;

export interface AppViewProps {
  readonly store: AppStore;
  readonly style: Style;
  readonly onInterrupt: () => void;
  readonly onSuspend: () => void;
  readonly onRedraw: () => void;
}

/** The app on the screen: its lines, and its keys. */
export function AppView(props: AppViewProps): ReactElement {
  const { store, style } = props;
  const state = useSyncExternalStore(store.subscribe, () => store.state);
  const frame = useFrames(isBusy(state));
  useKeys(props);
  return (
    <Box flexDirection="column" height={state.size.rows} overflow="hidden">
      {screenLines(state, frame).map((line, row) => (
        <ScreenLine key={row} text={paintLine(line, style)} />
      ))}
    </Box>
  );
}

/** One row, whatever it holds. */
function ScreenLine({ text }: { readonly text: string }): ReactElement {
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
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

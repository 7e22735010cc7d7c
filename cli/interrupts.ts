import type { Io } from './io.ts';
import { EXIT } from './exit-codes.ts';

/** Ctrl-C and SIGTERM, whichever way they come. The first asks the work to stop, the second ends the process. */
export interface Interrupts {
  readonly signal: AbortSignal;
  /** What the process ends with once it was interrupted; null before. */
  exitCode(): number | null;
  /** As if Ctrl-C was pressed: a terminal in raw mode sends a key instead of a signal. */
  interrupt(): void;
  /** Runs `restore` before the second one ends the process: whoever draws has no other time to give the terminal back. The result forgets it. */
  beforeKill(restore: () => void): () => void;
  dispose(): void;
}

/** The reason that an interrupted signal carries. */
class Interrupted extends Error {
  constructor() {
    super('Interrupted.');
    this.name = 'Interrupted';
  }
}

/** Listens for SIGINT and SIGTERM until disposed. `kill` ends the process for good; tests hand in their own. */
export function listenForInterrupts(io: Io, kill: (signal: NodeJS.Signals) => void = killSelf): Interrupts {
  const controller = new AbortController();
  let code: number | null = null;
  const onSignal = (name: NodeJS.Signals): void => {
    if (code !== null) {
      end(name);
      return;
    }
    code = name === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted;
    controller.abort(new Interrupted());
  };
  const restores = new Set<() => void>();
  const end = (name: NodeJS.Signals): void => {
    dispose();
    for (const restore of restores) restore();
    restoreTerminal(io);
    kill(name);
  };
  const onInt = (): void => onSignal('SIGINT');
  const onTerm = (): void => onSignal('SIGTERM');
  const dispose = (): void => {
    process.off('SIGINT', onInt);
    process.off('SIGTERM', onTerm);
  };
  process.on('SIGINT', onInt);
  process.on('SIGTERM', onTerm);
  const beforeKill = (restore: () => void): (() => void) => {
    restores.add(restore);
    return () => void restores.delete(restore);
  };
  return { signal: controller.signal, exitCode: () => code, interrupt: onInt, beforeKill, dispose };
}

/** Without a listener the signal ends the process, and the shell sees 130 or 143. */
function killSelf(signal: NodeJS.Signals): void {
  process.kill(process.pid, signal);
}

/** Raw mode off and the cursor back, for whoever drew has no time left to do it. */
function restoreTerminal({ stdin, stderr }: Io): void {
  if (stdin.isTTY && stdin.isRaw) stdin.setRawMode(false);
  if (stderr.isTTY) stderr.write('\x1b[?25h');
}

/** How long a stop may take to arrive; where none does, nobody could have continued us either. */
const PATIENCE_MS = 1000;

/** Ctrl-Z: the terminal is given back, all programs of the command line are stopped, and `comeBack` is called when the shell continues them. */
export function suspend(leave: () => void, comeBack: () => void): void {
  if (process.platform === 'win32') return;
  leave();
  const timer = setTimeout(() => {
    process.off('SIGCONT', forget);
    comeBack();
  }, PATIENCE_MS);
  const forget = (): void => clearTimeout(timer); // whoever opened the screen listens for it as well, and comes back
  process.once('SIGCONT', forget);
  process.kill(0, 'SIGTSTP');
}

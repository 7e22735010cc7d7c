/** One line of the set-up, on stderr. */
export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Shows `text()` again and again while `work` runs: in place in a terminal, else as a line every few seconds. */
export async function sayWhile(work, text) {
  const live = process.stderr.isTTY === true && process.env.TERM !== 'dumb' && !process.env.CI;
  const show = () => (live ? process.stderr.write(`\r\x1b[2K${text().slice(0, (process.stderr.columns || 80) - 1)}`) : say(text()));
  const timer = setInterval(show, live ? 250 : 10_000);
  try {
    return await work;
  } finally {
    clearInterval(timer);
    if (live) process.stderr.write('\r\x1b[2K');
  }
}

/** An expected failure of the set-up: what happened, and what to do. */
export class SetupError extends Error {
  constructor(message, nextSteps = []) {
    super(message);
    this.name = 'SetupError';
    this.nextSteps = nextSteps;
  }
}

/** Runs a set-up as a program: its SetupError is printed with next steps and ends with code 2. */
export async function asProgram(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    say(`\nSet-up failed: ${error.message}`);
    for (const step of error.nextSteps) say(`  → ${step}`);
    process.exitCode = 2;
  }
}

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { say, sayWhile } from './say.mjs';

/**
 * Installs something that tests want and nothing needs, where it is missing, by code of the build. Never throws: whatever keeps it from being
 * installed is said, with what works without and how to try again. True when somebody interrupted.
 */
export async function installOnce(root, { module, find, install, minutes, opening, missing, without, again }) {
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('interrupted'));
  const signals = ['SIGINT', 'SIGTERM'];
  try {
    const built = await import(pathToFileURL(join(root, 'dist', module)).href);
    if (find(built)) return false;
    for (const signal of signals) process.once(signal, stop);
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    let now = 'at work';
    const progress = (note) => {
      now = note;
    };
    say(opening);
    const signal = AbortSignal.any([interrupt.signal, AbortSignal.timeout(minutes * 60_000)]);
    await sayWhile(install(built, signal, progress), () => `  ${now}, ${seconds()} s`);
    say(`Installed in ${seconds()} s.`);
  } catch (error) {
    const reason = error.name === 'TimeoutError' ? `it took longer than ${minutes} minutes.` : error.message;
    if (!interrupt.signal.aborted) say(`${missing} ${reason} ${without}\n  → To try again: ${again}`);
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
  }
  return interrupt.signal.aborted;
}

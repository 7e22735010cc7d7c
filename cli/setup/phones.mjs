import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { say, sayWhile } from './say.mjs';

const MINUTES = 8;
const WITHOUT = 'Without them: tests of phones through Appium are skipped; everything else runs.';

/**
 * Installs Appium and its drivers for the tests where they are missing, by the code of `dyno setup phones` in the build. Never throws: whatever keeps
 * them from being installed is said. True when somebody interrupted.
 */
export async function preparePhones(root) {
  if (process.env.DYNO_NO_PHONES) return false;
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('interrupted'));
  const signals = ['SIGINT', 'SIGTERM'];
  try {
    const { findDriverPackages, installDriverPackages } = await import(pathToFileURL(join(root, 'dist', 'device-harness', 'appium', 'driver-packages.js')).href);
    if (findDriverPackages()) return false;
    for (const signal of signals) process.once(signal, stop);
    const started = Date.now();
    const seconds = () => Math.round((Date.now() - started) / 1000);
    say('Installing Appium and its drivers for Android and iOS (once; 270 MB on disk, a minute) …');
    const signal = AbortSignal.any([interrupt.signal, AbortSignal.timeout(MINUTES * 60_000)]);
    await sayWhile(installDriverPackages({ signal }), () => `  npm at work, ${seconds()} s`);
    say(`Installed in ${seconds()} s.`);
  } catch (error) {
    const reason = error.name === 'TimeoutError' ? `it took longer than ${MINUTES} minutes.` : error.message;
    if (!interrupt.signal.aborted) say(`Appium and its drivers are missing: ${reason} ${WITHOUT}\n  → To try again: npm run dyno -- setup phones. To leave them out: DYNO_NO_PHONES=1.`);
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
  }
  return interrupt.signal.aborted;
}

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { say, sayWhile } from './say.mjs';

/**
 * How long the set-up of Python may take, and when a failed one is tried again by itself. `npm start` is for people who wait: what does not
 * need Python must not. Tests want all of it.
 */
const PATIENCE = { start: { minutes: 6, againAfterHours: 24 }, test: { minutes: 10, againAfterHours: 0 } };

const WITHOUT = "Without it: everything but Qualcomm's HTP compiler and emulator, and Core ML packages.";
const AGAIN = '  → To try again: npm run dyno -- setup python. To leave it out: DYNO_NO_PYTHON=1.';

/**
 * Makes the pinned Python environment where it is not there, by the code of `dyno setup python` in the build. Never throws: whatever keeps it
 * from being made is said, with what works without and how to get it. Starts no process where it is ready. True when somebody interrupted.
 */
export async function preparePython(root, purpose) {
  if (process.env.DYNO_NO_PYTHON) return false;
  const interrupt = new AbortController();
  const stop = () => interrupt.abort(new Error('interrupted'));
  const signals = ['SIGINT', 'SIGTERM'];
  try {
    const toolchain = await import(pathToFileURL(join(root, 'dist', 'converters', 'toolchain', 'index.js')).href);
    if (toolchain.findEnvironment()) return false;
    const failures = failureFile(toolchain.cacheFolder(), readFileSync(join(root, 'converters', 'toolchain', 'python', 'requirements.txt')));
    const earlier = failures.read(PATIENCE[purpose].againAfterHours);
    if (earlier) {
      say(`The Python environment is missing; it could not be made at ${earlier.at}: ${earlier.reason} ${WITHOUT}\n${AGAIN}`);
      return false;
    }
    for (const signal of signals) process.once(signal, stop);
    await install(toolchain, PATIENCE[purpose].minutes, interrupt.signal, failures);
  } catch (error) {
    if (!interrupt.signal.aborted) say(`The Python environment cannot be looked at: ${error.message}`);
  } finally {
    for (const signal of signals) process.removeListener(signal, stop);
  }
  return interrupt.signal.aborted;
}

async function install({ setUpPython }, minutes, interrupted, failures) {
  const started = Date.now();
  const seconds = () => Math.round((Date.now() - started) / 1000);
  let now = 'starting';
  const progress = (note, packages) => {
    now = packages > 0 ? `package ${packages}: ${note}` : note;
  };
  say("Installing the Python environment: coremltools, Qualcomm's HTP compiler, adb (once; about 200 MB, half a minute and more) …");
  const signal = AbortSignal.any([interrupted, AbortSignal.timeout(minutes * 60_000)]);
  try {
    await sayWhile(setUpPython({ signal, progress }), () => `  ${now}, ${seconds()} s`);
    failures.clear();
    say(`Installed in ${seconds()} s.`);
  } catch (error) {
    if (interrupted.aborted) throw error;
    const reason = signal.aborted ? `It took longer than ${minutes} minutes.` : error.message;
    if (error.name !== 'UserError') failures.write(reason);
    say(`The Python environment is missing: ${reason} ${WITHOUT}`);
    for (const step of error.nextSteps ?? []) if (!step.startsWith('Then: ')) say(`  → ${step}`);
    say(AGAIN);
  }
}

/** The last failure with these requirements, beside the environments. What is noticed at once, such as an old Python, is not remembered. */
function failureFile(cache, text) {
  const requirements = createHash('sha256').update(text).digest('hex');
  const path = join(cache, 'python-failed.json');
  return {
    read(hours) {
      try {
        const failure = JSON.parse(readFileSync(path, 'utf8'));
        return failure.requirements === requirements && Date.now() - Date.parse(failure.at) < hours * 3_600_000 ? failure : null;
      } catch {
        return null;
      }
    },
    write(reason) {
      try {
        mkdirSync(cache, { recursive: true });
        writeFileSync(path, JSON.stringify({ requirements, at: new Date().toISOString(), reason }));
      } catch {
        // A cache that cannot be written to is what the failure was about, or will be.
      }
    },
    clear: () => rmSync(path, { force: true }),
  };
}

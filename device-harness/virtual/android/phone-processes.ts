import { readdirSync, readFileSync } from 'node:fs';

/** Variable by which programs know the phone that they run on, and the phone its programs. */
const ROOT_VARIABLE = 'DYNO_PHONE_ROOT';

/**
 * Process ids of everything that runs on a phone, whatever session it made for itself: they carry the phone's root in their environment, which
 * Linux shows below /proc. Elsewhere nothing is found, and only what the shell service started itself can be ended.
 */
export function processesOn(root: string): number[] {
  return pids().filter((pid) => environmentOf(pid).split('\0').includes(`${ROOT_VARIABLE}=${root}`));
}

/** Ends programs of a phone at once, as a restart does. */
export function endProcesses(root: string): void {
  for (const pid of processesOn(root)) end(pid);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function pids(): number[] {
  try {
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map(Number).filter((pid) => pid !== process.pid);
  } catch {
    return [];
  }
}

function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8');
  } catch {
    return '';
  }
}

import { readdirSync, readFileSync } from 'node:fs';

/** Process ids of a process's own children whose command line holds a text; by /proc, so on Linux only. */
export function childrenOf(pid: number, text = ''): number[] {
  try {
    const listed = readdirSync(`/proc/${pid}/task`).flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
    return listed.filter((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8').includes(text));
  } catch {
    return []; // one of them has just ended
  }
}

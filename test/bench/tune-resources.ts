/**
 * Memory and cores that `dyno tune` takes with all of its processes: the largest sum of proportional set sizes (what is shared counts once), and
 * CPU time over wall time. Linux only.
 *
 *     npx tsx test/bench/tune-resources.ts [--dyno dist/bin/dyno.js] [--model quicksrnet-small-x2] [--shape 1x3x540x960]
 *
 * The cache of compilations is an empty one, so that everything is compiled.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findEnvironment } from '../../converters/toolchain/index.ts';
import { repoRoot } from '../support/paths.ts';
import { markdownTable } from './markdown-table.ts';

const { values: options } = parseArgs({
  options: {
    dyno: { type: 'string', default: join(repoRoot, 'cli/bin.ts') }, model: { type: 'string', default: 'quicksrnet-small-x2' }, shape: { type: 'string', default: '1x3x540x960' },
  },
});

const SAMPLE_MS = 100;
const cache = mkdtempSync(join(tmpdir(), 'dyno-tune-resources-'));
const started = Date.now();
const child = spawn(process.execPath, [
  ...process.execArgv, options.dyno, 'tune', options.model, '--config', join(repoRoot, 'examples/htp-traffic/dyno.config.json'), '-t', 'htp:SM8550', '--static', `input=${options.shape}`, '--json',
], { cwd: repoRoot, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DYNO_CACHE: cache, DYNO_PYTHON_ENV: findEnvironment()?.folder ?? '' } });
let [peak, most] = [0, 0];
const timer = setInterval(() => {
  const tree = processTree(child.pid as number);
  peak = Math.max(peak, tree.reduce((sum, pid) => sum + proportionalBytes(pid), 0));
  most = Math.max(most, tree.length);
}, SAMPLE_MS);
child.once('exit', (code) => {
  clearInterval(timer);
  const seconds = (Date.now() - started) / 1000;
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const cpu = childrenSeconds() - (userCPUTime + systemCPUTime) / 1e6;
  process.stdout.write(`${markdownTable(['', options.model], [
    ['exit code', String(code)], ['peak memory, all processes', `${(peak / 2 ** 30).toFixed(2)} GiB`], ['processes at most', String(most)], ['wall time', `${seconds.toFixed(0)} s`],
    ['CPU time / wall time', (cpu / seconds).toFixed(2)],
  ])}\n`);
  rmSync(cache, { recursive: true });
});

function processTree(root: number): number[] {
  const parents = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((name) => [Number(name), parentOf(Number(name))]));
  const tree = [root];
  for (const pid of tree) for (const [child, parent] of parents) if (parent === pid) tree.push(child);
  return tree;
}

function parentOf(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] ?? 0);
}

function proportionalBytes(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024;
}

/** CPU seconds of children that have ended and were waited for, this process included. */
function childrenSeconds(): number {
  const fields = read('/proc/self/stat').slice(read('/proc/self/stat').lastIndexOf(')') + 2).split(' ');
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at]), 0) / 100;
}

/** Empty where the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

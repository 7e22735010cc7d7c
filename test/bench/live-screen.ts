/**
 * What the live screen costs at 200 × 60: idle, with the events of a usual run, and with 10,000 events a second of every kind. Processor time is that of
 * this process; memory is the heap after collecting garbage.
 * npx tsx --expose-gc test/bench/live-screen.ts [SECONDS EACH]
 */
process.env['NODE_ENV'] = 'production';
const { PassThrough } = await import('node:stream');
const { setTimeout: sleep } = await import('node:timers/promises');
const { listenForInterrupts } = await import('../../cli/interrupts.ts');
const { RunControl } = await import('../../cli/pipeline/run-control.ts');
const { openLiveScreen } = await import('../../cli/ui/ink/live-screen.tsx');
const { markdownTable } = await import('./markdown-table.ts');
type DynoEvent = import('../../models/contracts/events.ts').DynoEvent;
type Io = import('../../cli/io.ts').Io;

const seconds = Number(process.argv[2] ?? 10);
const UNITS = ['htp', 'gpu', 'cpu'];
let frames = 0;
const stdin = Object.assign(new PassThrough(), { isTTY: true, isRaw: false, setRawMode: () => stdin, ref: () => stdin, unref: () => stdin });
const stderr = Object.assign(new PassThrough(), { isTTY: true, columns: 200, rows: 60 });
stderr.on('data', () => frames++);
const io = { stdin, stderr, stdout: stderr, env: { TERM: 'xterm-256color' }, cwd: () => '.' } as unknown as Io;
const interrupts = listenForInterrupts(io);
const { emit, close } = openLiveScreen(io, interrupts, { title: 'a model → htp:SM8550', control: new RunControl(), asks: true });
const now = (): string => new Date().toISOString();
emit({ type: 'run-started', at: now(), directory: 'runs/x', steps: Array.from({ length: 12 }, (_, i) => ({ id: String(i), kind: 'quality', title: `Step ${i} of some length` })) });
emit({ type: 'step-started', at: now(), id: '3' });

/** Of every kind that comes often. */
function eventOf(i: number): DynoEvent {
  const at = now();
  switch (i % 5) {
    case 0: return { type: 'step-progress', at, id: '3', done: i, total: 1e7, note: `round ${i}` };
    case 1: return { type: 'log', at, id: '3', line: { source: 'adb', level: 'info', text: `push model-${i}.bin /data/local/tmp/npu-dyno/`, device: 'R5CT1' } };
    case 2: return { type: 'warning', at, id: '3', code: 'block-disturbed', text: `Round ${i} is measured again.`, hint: null };
    case 3: return { type: 'candidate', at, id: '3', candidate: { name: `way ${i}`, bytes: 1e6 + ((i * 7919) % 1e6), spillBytes: 0, limitBytes: 1e6, reason: null } };
    default: return {
      type: 'block', at, id: '3', device: 'android:R5CT1', variant: `variant-${i % 4}`, unit: UNITS[i % 3] as string,
      block: { samples: [1 + (i % 7), 2, 3, 4], loadMs: 1, firstMs: 1, warmup: { runs: 1, stable: true }, startedAt: at, order: i, thermal: `status 0, skin ${30 + (i % 9)} °C, charge 80 %` },
    };
  }
}

const TICK_MS = 10;
async function phase(name: string, perSecond: number): Promise<string[]> {
  globalThis.gc?.();
  const before = { heap: process.memoryUsage().heapUsed, cpu: process.cpuUsage(), at: performance.now(), frames };
  let sent = 0;
  let latest = 0;
  while (performance.now() - before.at < 1000 * seconds) {
    const due = Math.floor(((performance.now() - before.at) / 1000) * perSecond);
    while (sent < due) emit(eventOf(sent++));
    const slept = performance.now();
    await sleep(perSecond === 0 ? 1000 * seconds : TICK_MS);
    if (perSecond > 0) latest = Math.max(latest, performance.now() - slept - TICK_MS);
  }
  const cpu = process.cpuUsage(before.cpu);
  const wall = (performance.now() - before.at) / 1000;
  globalThis.gc?.();
  const grown = (process.memoryUsage().heapUsed - before.heap) / 1e6;
  return [name, Math.round(sent / wall).toLocaleString('en'), ((frames - before.frames) / wall).toFixed(1), `${((100 * (cpu.user + cpu.system)) / 1e6 / wall).toFixed(1)} %`, `${Math.round(latest)} ms`, `${grown.toFixed(1)} MB`];
}

const rows = [await phase('idle', 0), await phase('a usual run', 50), await phase('a flood', 10_000), await phase('the flood goes on', 10_000)];
await close();
interrupts.dispose();
process.stdout.write(`${markdownTable(['phase', 'events/s', 'writes/s', 'processor time', 'longest pause', 'heap grown by'], rows)}\n`);

export {};

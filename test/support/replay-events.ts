/**
 * Plays a recorded run on the front end that fits, so that the screen can be seen and tested without measuring anything. Before event HOLD_AT it
 * waits until HOLD_FILE is there.
 * npx tsx test/support/replay-events.ts [EVENTS.jsonl] [MILLISECONDS PER EVENT] [HOLD_AT HOLD_FILE]
 */
process.env['NODE_ENV'] = 'production';
const { existsSync, readFileSync } = await import('node:fs');
const { setTimeout: sleep } = await import('node:timers/promises');
const { listenForInterrupts } = await import('../../cli/interrupts.ts');
const { openFrontEnd } = await import('../../cli/ui/open-front-end.ts');
const { fixture } = await import('./paths.ts');

const [file = fixture('events/run.jsonl'), pause = '30', holdAt = '-1', holdFile = ''] = process.argv.slice(2);
const interrupts = listenForInterrupts(process);
const frontEnd = await openFrontEnd(process, interrupts, { format: 'pretty', title: 'ultramini-x2 → ane:A15, htp:SM8550', quiet: false });
for (const [i, line] of readFileSync(file, 'utf8').trim().split('\n').entries()) {
  while (i === Number(holdAt) && !existsSync(holdFile) && !interrupts.signal.aborted) await sleep(20);
  if (interrupts.signal.aborted) break;
  frontEnd.emit({ ...JSON.parse(line), at: new Date().toISOString() });
  await sleep(Number(pause));
}
await frontEnd.close();
interrupts.dispose();
process.exitCode = interrupts.exitCode() ?? 0;
process.stdout.write('replayed\n');

export {};

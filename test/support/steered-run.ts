/**
 * A run of four steps without a model, to be steered by keys: the second fails until FILE is there, the third works until it is stopped. Prints how
 * each step ended. With `deaf` the third does not listen.
 * npx tsx test/support/steered-run.ts DIRECTORY FILE [deaf]
 */
process.env['NODE_ENV'] = 'production';
const { existsSync } = await import('node:fs');
const { listenForInterrupts } = await import('../../cli/interrupts.ts');
const { RunControl } = await import('../../cli/pipeline/run-control.ts');
const { runSteps } = await import('../../cli/pipeline/run-steps.ts');
const { openFrontEnd } = await import('../../cli/ui/open-front-end.ts');
type Step = import('../../cli/pipeline/step.ts').Step;

const [directory = '', mended = '', deaf] = process.argv.slice(2);
const step = (id: string, run: Step['run'], more: Partial<Step> = {}): Step => ({ id, kind: id, title: `Do ${id}`, needs: [], key: id, run, ...more });
const steps: Step[] = [
  step('first', async () => ({ output: {}, summary: 'at once' })),
  step('second', async ({ progress }) => {
    progress('looking for the file', 1, 2);
    if (!existsSync(mended)) throw new Error('the file is not there');
    return { output: {}, summary: 'found it' };
  }),
  step('third', ({ signal, progress }) => {
    progress('until somebody stops it');
    const alive = setInterval(() => undefined, 1000);
    return new Promise((_, reject) => deaf !== undefined || signal.addEventListener('abort', () => {
      clearInterval(alive);
      reject(new Error('stopped'));
    }, { once: true }));
  }),
  step('last', async () => ({ output: {}, summary: 'all told' }), { needs: ['first', 'second', 'third'], mayLack: ['second', 'third'], essential: true }),
];

const interrupts = listenForInterrupts(process);
const control = new RunControl();
const frontEnd = await openFrontEnd(process, interrupts, {
  format: 'pretty', title: 'four steps', quiet: false, control, screenReader: process.env['DYNO_SCREEN_READER'] === 'true',
});
const ends = new Map<string, string>();
try {
  await runSteps(steps, {
    directory, control, signal: interrupts.signal,
    emit: (event) => {
      if (event.type === 'step-finished') ends.set(event.id, event.outcome);
      frontEnd.emit(event);
    },
  });
} catch (error) {
  ends.set('error', interrupts.signal.aborted ? 'interrupted' : (error as Error).message);
} finally {
  await frontEnd.close();
  interrupts.dispose();
}
process.exitCode = interrupts.exitCode() ?? 0;
process.stdout.write(`${[...ends].map(([id, end]) => `${id} ${end}`).join(', ')}\n`);

export {};

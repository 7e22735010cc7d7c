import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Step } from '../../../cli/pipeline/step.ts';
import { writeFileSafely } from '../../../cli/write-file.ts';

/** Written outside of the run directory: what was really worked on. */
export interface Diary {
  readonly file: string;
}

/**
 * A chain of steps that behave like real ones: each reads what the ones before it left, takes a few moments, works in parts that survive
 * a kill, and keeps a model file as an artifact.
 */
export function fakeSteps(count: number, { file }: Diary, salt = ''): Step[] {
  return Array.from(
    { length: count },
    (_, i): Step => ({
      id: `step:${i}`,
      kind: 'fake',
      title: `Step ${i}`,
      needs: i === 0 ? [] : [`step:${i - 1}`, ...(i > 2 ? [`step:${i - 3}`] : [])],
      key: { i, salt },
      async run({ input, scratch, artifacts, progress, signal }) {
        appendFileSync(file, `begin ${i}\n`);
        const before = i === 0 ? 1 : input<{ value: number }>(`step:${i - 1}`).value;
        for (let part = 0; part < 3; part++) {
          signal.throwIfAborted();
          const path = join(scratch, `${part}.json`);
          if (existsSync(path)) continue;
          await sleep(4);
          writeFileSafely(path, String(before * 10 + part));
          appendFileSync(file, `part ${i}.${part}\n`);
          progress('working', part + 1, 3);
        }
        const parts = readdirSync(scratch)
          .filter((name) => name.endsWith('.json'))
          .sort()
          .map((name) => Number(readFileSync(join(scratch, name), 'utf8')));
        const model = join(scratch, 'model.onnx');
        writeFileSync(model, `model of ${parts.join()}`);
        const [kept] = await artifacts.takeModel({ path: model, bytes: 0, dataFiles: [], notes: [] }, `fake-${i}`);
        return { output: { value: parts.reduce((a, b) => a + b, 0) % 9973, model: kept }, summary: `did ${i}` };
      },
    }),
  );
}

import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { watchFolder } from '../../../cli/sweep/watch-folder.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const folder = temporaryFolder();

/** Lets the folder change between looks, as told step by step, and ends after the last one. */
async function watched(steps: readonly (() => void)[], settled = new Set<string>(), onScore: (name: string) => void = () => {}): Promise<string[]> {
  const scored: string[] = [];
  const controller = new AbortController();
  let look = 0;
  await watchFolder({
    folder: folder('models'), settled, signal: controller.signal, once: false,
    score: async ({ name }) => {
      scored.push(`${look}:${name}`);
      onScore(name);
    },
    pause: async () => {
      const step = steps[look++];
      if (step) step();
      else controller.abort();
    },
  });
  return scored;
}

let clock = 1_700_000_000;

/** Each writing has a time of its own, as slow writers have. */
function write(name: string, text: string): void {
  mkdirSync(folder('models'), { recursive: true });
  writeFileSync(folder('models', name), text);
  utimesSync(folder('models', name), clock, clock++);
}

const nothing = (): void => {};

test('a file is scored when two looks in a row find it unchanged, and once', async () => {
  write('a.onnx', 'half');
  const scored = await watched([() => write('a.onnx', 'half and more'), () => write('a.onnx', 'half and more and all'), nothing, nothing, nothing]);
  expect(scored).toEqual(['3:a']);
});

test('its data file counts as part of it', async () => {
  write('a.onnx', 'model');
  write('a.onnx.data', 'some');
  expect(await watched([() => write('a.onnx.data', 'some more'), nothing, nothing])).toEqual(['2:a']);
});

test('what is written anew is scored anew; what is written while it is scored, too', async () => {
  write('a.onnx', 'first');
  let again = true;
  const scored = await watched([nothing, nothing, nothing, () => write('a.onnx', 'third'), nothing, nothing], new Set(), (name) => {
    if (again) write(`${name}.onnx`, 'second');
    again = false;
  });
  expect(scored).toEqual(['1:a', '3:a', '5:a']);
});

test('files come in the order in which they were written; others are passed over', async () => {
  for (const name of ['z.onnx', 'a.onnx', 'm.ONNX', '.hidden.onnx', 'a.onnx.tmp', 'readme.txt']) write(name, name);
  mkdirSync(folder('models', 'folder.onnx'));
  expect(await watched([nothing, nothing])).toEqual(['1:z', '1:a', '1:m']);
});

test('what was settled before stays settled, what went away is no error', async () => {
  write('a.onnx', 'a');
  const settled = new Set<string>();
  await watched([nothing, nothing], settled);
  expect(settled.size).toBe(1);
  write('b.onnx', 'b');
  expect(await watched([() => rmSync(folder('models', 'b.onnx')), nothing], settled)).toEqual([]);
  renameSync(folder('models', 'a.onnx'), folder('models', 'c.onnx'));
  expect(await watched([nothing, nothing], settled)).toEqual(['1:c']);
});

test('once: what is there, as it is, without a pause', async () => {
  write('a.onnx', 'a');
  write('b.onnx', 'b');
  const scored: string[] = [];
  await watchFolder({
    folder: folder('models'), settled: new Set(), signal: new AbortController().signal, once: true,
    score: async ({ name }) => void scored.push(name), pause: () => Promise.reject(new Error('paused')),
  });
  expect(scored).toEqual(['a', 'b']);
});

test('a folder that is missing is said', async () => {
  await expect(watched([])).rejects.toThrow('Cannot list');
});

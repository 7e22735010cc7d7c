import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TempFile } from '../../../models/onnx/temp-file.ts';
import { repoRoot } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();

/** A process of its own that opens a temporary file for `m.onnx`, says so, and then does what `then` says. */
function start(then: string, before = '') {
  const code = `import { TempFile } from ${JSON.stringify(`${repoRoot}/models/onnx/temp-file.ts`)};
    ${before}
    const file = new TempFile(${JSON.stringify(at('m.onnx'))});
    process.stdout.write('open');
    ${then}`;
  writeFileSync(at('child.mts'), code);
  return spawn(process.execPath, ['--import', 'tsx', at('child.mts')], { cwd: repoRoot, stdio: ['ignore', 'pipe', 'inherit'] });
}

const temps = (): string[] => readdirSync(at()).filter((name) => name.includes('.dyno-'));

describe('an interrupted process', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends by %s as it would have, and leaves nothing', async (signal) => {
    const child = start('setInterval(() => {}, 1000);');
    await once(child.stdout, 'data');
    expect(temps()).toHaveLength(1);
    child.kill(signal);
    expect(await once(child, 'exit')).toEqual([null, signal]);
    expect(temps()).toEqual([]);
  });

  it('that handles the signal itself goes on', async () => {
    const child = start('setInterval(() => {}, 1000);', "process.on('SIGINT', () => { setTimeout(() => process.exit(7), 20); });");
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    expect(await once(child, 'exit')).toEqual([7, null]);
    expect(temps()).toEqual([]);
  });

  it('that is killed leaves a file that the next one sweeps up', async () => {
    writeFileSync(at('m.onnx'), 'old');
    const child = start('setInterval(() => {}, 1000);');
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(temps()).toHaveLength(1);
    expect(readFileSync(at('m.onnx'), 'utf8')).toBe('old');
    new TempFile(at('m.onnx')).discard();
    expect(temps()).toEqual([]);
  });

  it('that ends without a word leaves nothing', () => {
    writeFileSync(
      at('child.mts'),
      `import { TempFile } from ${JSON.stringify(`${repoRoot}/models/onnx/temp-file.ts`)};
      new TempFile(${JSON.stringify(at('m.onnx'))});
      process.exit(3);`,
    );
    expect(spawnSync(process.execPath, ['--import', 'tsx', at('child.mts')], { cwd: repoRoot }).status).toBe(3);
    expect(temps()).toEqual([]);
  });
});

it('the files of other targets and of living processes are left alone', () => {
  const mine = new TempFile(at('m.onnx'));
  writeFileSync(at('.other.onnx.dyno-999999999-1.tmp'), '');
  writeFileSync(at('.m.onnx.dyno-1-1.tmp'), '');
  writeFileSync(at('.m.onnx.dyno-999999999-1.tmp.bak'), '');
  const second = new TempFile(at('m.onnx'));
  expect(temps()).toHaveLength(5);
  second.discard();
  mine.discard();
  expect(temps().sort()).toEqual(['.m.onnx.dyno-1-1.tmp', '.m.onnx.dyno-999999999-1.tmp.bak', '.other.onnx.dyno-999999999-1.tmp']);
});

it('listens to signals only while there is something to clean up', () => {
  const before = process.listenerCount('SIGTERM');
  const [a, b] = [new TempFile(at('a')), new TempFile(at('b'))];
  expect(process.listenerCount('SIGTERM')).toBe(before + 1);
  a.commit();
  b.discard();
  b.discard();
  expect(process.listenerCount('SIGTERM')).toBe(before);
  expect([existsSync(at('a')), existsSync(at('b'))]).toEqual([true, false]);
});

import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest';
import { refuseOverwriting, writeFileSafely } from '../../cli/write-file.ts';
import { UserError } from '../../models/contracts/errors.ts';
import { TempFile } from '../../models/onnx/temp-file.ts';
import { writeBaseline } from '../../reports/gate/index.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dyno-write-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('writeFileSafely', () => {
  it('makes the folder, follows a link and leaves nothing else behind', () => {
    writeFileSafely('a/b/file.txt', 'one', folder);
    symlinkSync(join(folder, 'a/b/file.txt'), join(folder, 'link.txt'));
    writeFileSafely('link.txt', 'two', folder);
    expect(readFileSync(join(folder, 'a/b/file.txt'), 'utf8')).toBe('two');
    expect(lstatSync(join(folder, 'link.txt')).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['file.txt']);
  });

  it.skipIf(process.platform === 'win32')('writes into a pipe and a device, and does not replace them', () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const out = join(folder, 'out');
    const reader = execFileSync('sh', ['-c', `cat ${pipe} > ${out} & echo $!`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    writeFileSafely(pipe, 'through');
    expect(Number(reader)).toBeGreaterThan(0);
    expect(statSync(pipe).isFIFO()).toBe(true);
    writeFileSafely('/dev/null', 'gone');
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('says why it cannot, and leaves no half file', () => {
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeFileSafely('taken', 'x', folder)).toThrow(/Cannot write taken: it is a folder/);
    expect(() => writeFileSafely('file/inside', 'x', folder)).toThrow(UserError);
    expect(readdirSync(folder).sort()).toEqual(['file', 'taken']);
  });

  it.skipIf(!existsSync('/dev/full'))('a full disk is one sentence', () => {
    expect(() => writeFileSafely('/dev/full', 'x')).toThrow('Cannot write /dev/full: no space is left.');
  });
});

test.skipIf(!existsSync('/dev/null'))('neither a model nor a baseline takes the place of a device', async () => {
  expect(() => new TempFile('/dev/null')).toThrow(/device or a pipe/);
  await expect(writeBaseline('/dev/null', { schema: 1 } as never)).rejects.toThrow(UserError);
  expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
});

test('the model that is read is not written over, also by another name', () => {
  const model = join(folder, 'model.onnx');
  writeFileSync(model, 'x');
  symlinkSync(model, join(folder, 'same.onnx'));
  writeFileSync(join(folder, 'other.onnx'), 'x');
  expect(() => refuseOverwriting(model, join(folder, 'same.onnx'))).toThrow(UserError);
  expect(() => refuseOverwriting(model, join(folder, 'other.onnx'))).not.toThrow();
  expect(() => refuseOverwriting(model, join(folder, 'new.onnx'))).not.toThrow();
});

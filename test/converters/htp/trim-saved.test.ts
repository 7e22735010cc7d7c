import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MANIFEST, trimSaved } from '../../../converters/htp/trim-saved.ts';
import { savedFolder } from '../../../converters/htp/saved-folder.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const path = temporaryFolder();

function kept(name: string, bytes: number, usedAt: number): void {
  mkdirSync(path(name));
  writeFileSync(path(name, MANIFEST), JSON.stringify({ files: [{ bytes }] }));
  utimesSync(path(name, MANIFEST), usedAt, usedAt);
}

test('what was not used for the longest goes, until the rest fits; what is in use and what is no folder of ours stays', async () => {
  for (const [name, bytes, usedAt] of [['old', 40, 1], ['older', 30, 0.5], ['recent', 30, 2], ['in use', 90, 5]] as const) kept(name, bytes, usedAt);
  mkdirSync(path('being-made'));
  writeFileSync(path('file'), '');
  await trimSaved(path(), { limitBytes: 125, usedBefore: 4000 });
  expect(readdirSync(path()).sort()).toEqual(['being-made', 'file', 'in use', 'recent']);
  await trimSaved(path(), { limitBytes: 0, usedBefore: 4000 });
  expect(readdirSync(path()).sort()).toEqual(['being-made', 'file', 'in use']);
});

test('using a folder makes it the newest', async () => {
  const make = async (folder: string): Promise<{ value: number; keep: boolean }> => {
    writeFileSync(`${folder}/a.bin`, 'a');
    return { value: 1, keep: true };
  };
  const { folder } = await savedFolder(path(), 'key', make);
  utimesSync(`${folder}/${MANIFEST}`, 1, 1);
  expect((await savedFolder(path(), 'key', make)).cached).toBe(true);
  await trimSaved(path(), { limitBytes: 0, usedBefore: Date.now() - 60_000 });
  expect(readdirSync(path())).toHaveLength(1);
});

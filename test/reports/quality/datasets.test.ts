import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ImageSet, openImages } from '../../../reports/quality/dataset.ts';
import { readTags, withTags } from '../../../reports/quality/tags.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const temporary = temporaryFolder();

/** Empty files: nothing here reads pixels. */
function files(...paths: string[]): string {
  for (const path of paths) {
    mkdirSync(dirname(temporary(path)), { recursive: true });
    writeFileSync(temporary(path), '');
  }
  return temporary('set');
}

const pairs = ({ files: found }: ImageSet): string[] => found.map(({ name, lr }) => `${name} ${lr === null ? '-' : basename(lr)}`);

describe('layouts', () => {
  test.each<[string, string[], string[]]>([
    ['SwinIR’s Set5', ['set/HR/baby.png', 'set/LR_bicubic/X2/babyx2.png', 'set/LR_bicubic/X3/babyx3.png'], ['baby.png babyx2.png']],
    ['DIV2K', ['set/DIV2K_valid_HR/0801.png', 'set/DIV2K_valid_LR_bicubic/X2/0801x2.png', 'set/DIV2K_valid_LR_bicubic/X4/0801x4.png'], ['0801.png 0801x2.png']],
    ['RCAN’s names', ['set/HR/baby_HR_x2.png', 'set/LR/LRBI/x2/baby_LRBI_x2.png'], ['baby_HR_x2.png baby_LRBI_x2.png']],
    ['HR and LR side by side as folders', ['set/HR/a.png', 'set/LR/a.png'], ['a.png a.png']],
    ['BasicSR', ['set/GTmod12/a.png', 'set/LRbicx2/a.png', 'set/LRbicx4/a.png'], ['a.png a.png']],
    ['X2 beside HR', ['set/HR/a.png', 'set/X2/a_x2.jpg'], ['a.png a_x2.jpg']],
    ['LR_x2', ['set/gt/A.PNG', 'set/LR_x2/a.png'], ['A.PNG a.png']],
    ['SelfExSR', ['set/img_001_SRF_2_HR.png', 'set/img_001_SRF_2_LR.png'], ['img_001_SRF_2_HR.png img_001_SRF_2_LR.png']],
    ['originals and no LR of this scale', ['set/HR/a.png', 'set/LR_bicubic/X4/ax4.png'], ['a.png -']],
    ['originals only', ['set/a.png', 'set/b.jpg', 'set/notes.txt'], ['a.png -', 'b.jpg -']],
    ['a name that ends like a scale', ['set/HR/box2.png', 'set/LR_x2/box2x2.png'], ['box2.png box2x2.png']],
  ])('%s', async (_, paths, expected) => expect(pairs(await openImages(files(...paths), 2))).toEqual(expected));

  test('two folders said apart, the second one split by scale', async () => {
    files('hr/a.png', 'lr/X2/ax2.png');
    expect(pairs(await openImages({ hr: temporary('hr'), lr: temporary('lr') }, 2))).toEqual(['a.png ax2.png']);
  });

  test('folders of pictures are tags', async () => {
    const set = await openImages(files('set/night/a.png', 'set/day/a.png', 'set/day/b.png', 'set/empty/x.txt'), 2);
    expect(set.files.map(({ name, tags }) => [name, tags])).toEqual([['day/a.png', ['day']], ['day/b.png', ['day']], ['night/a.png', ['night']]]);
  });
});

describe('what does not belong together is named', () => {
  test.each<[string, string[], string]>([
    ['an original without a partner', ['set/HR/a.png', 'set/HR/b.png', 'set/LR/a.png'], 'b.png has no low-resolution partner'],
    ['many of them', ['a', 'b', 'c', 'd', 'e'].map((n) => `set/HR/${n}.png`).concat('set/LR/x.png'), 'a.png, b.png, c.png and 2 more have no'],
    ['a partner without an original', ['set/HR/a.png', 'set/LR/a.png', 'set/LR/z.png'], 'z.png in'],
    ['two partners of one name', ['set/HR/a.png', 'set/LR/a.png', 'set/LR/a.jpg'], 'have one name'],
    ['two originals of one name', ['set/HR/a.png', 'set/HR/a.jpg', 'set/LR/a.png'], 'have one name'],
    ['nothing', ['set/readme.txt'], 'holds no images'],
    ['an empty HR', ['set/HR/readme.txt'], 'holds no images'],
  ])('%s', async (_, paths, message) => await expect(openImages(files(...paths), 2)).rejects.toThrow(message));
});

describe('tags', () => {
  test('by patterns with and without the extension, in any letter case; one picture may have several', async () => {
    const set = await openImages(files('set/img_001.png', 'set/img_002.png', 'set/Portrait.png'), 2);
    const tagged = withTags(set, { night: ['img_00?'], face: ['portrait.png', '*2*'] });
    expect(tagged.files.map(({ name, tags }) => [name, tags])).toEqual([['Portrait.png', ['face']], ['img_001.png', ['night']], ['img_002.png', ['night', 'face']]]);
    expect(() => withTags(set, { night: ['img_9*'] })).toThrow('No picture of set fits "img_9*" of the tag "night"');
  });

  test('from the file beside the pictures, also of a set in two folders', async () => {
    files('set/a.png');
    writeFileSync(temporary('set/tags.json'), '{ "night": ["a*"] }');
    cpSync(temporary('set'), temporary('hr'), { recursive: true });
    expect([await readTags(temporary('set')), await readTags({ hr: temporary('hr'), lr: temporary('x') }), await readTags(temporary('none'))]).toEqual([{ night: ['a*'] }, { night: ['a*'] }, {}]);
  });

  test('from another file, beside that of the folder', async () => {
    files('set/a.png');
    writeFileSync(temporary('set/tags.json'), '{ "night": ["a*"] }');
    writeFileSync(temporary('more.json'), '{ "face": ["b*"] }');
    expect(await readTags(temporary('set'), temporary('more.json'))).toEqual({ night: ['a*'], face: ['b*'] });
    await expect(readTags(temporary('set'), temporary('none.json'))).rejects.toThrow('none.json cannot be read as tags: ENOENT');
  });

  test.each(['{', '[]', '{ "night": "a" }', '{ "night": [] }', '{ "night": [1] }', 'null'])('a file that says %s is refused', async (text) => {
    files('set/a.png');
    writeFileSync(temporary('set/tags.json'), text);
    await expect(readTags(temporary('set'))).rejects.toThrow('cannot be read as tags');
  });
});

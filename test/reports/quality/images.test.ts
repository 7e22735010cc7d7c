import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../../models/contracts/index.ts';
import { toInterleaved } from '../../../reports/quality/image.ts';
import { encodePng, openImages, parseProtocol, readImage } from '../../../reports/quality/index.ts';
import { loadCase } from '../../../reports/quality/test-case.ts';

const folder = mkdtempSync(join(tmpdir(), 'dyno-images-'));
afterAll(() => rmSync(folder, { recursive: true }));

const put = (name: string, bytes: Uint8Array | string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, bytes);
  return path;
};
const noise = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => (i * 97 + (i >> 3) * 31) % 256);
const raw = (width: number, height: number, channels: 1 | 3 | 4, pixels = noise(width * height * channels)) =>
  sharp(pixels, { raw: { width, height, channels } });
const png = (width: number, height: number): Promise<Buffer> => raw(width, height, 3).png().toBuffer();

/** A bottom-up BMP of 24 or 8 bits, written by the format's description. */
function bmp(width: number, height: number, rgb: Uint8Array, bits: 8 | 24): Buffer {
  const palette = bits === 8 ? 1024 : 0;
  const stride = Math.ceil((width * bits) / 32) * 4;
  const file = Buffer.alloc(54 + palette + stride * height);
  file.write('BM', 0, 'latin1');
  file.writeUInt32LE(54 + palette, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(bits, 28);
  for (let i = 0; i < palette / 4; i++) file.fill(i, 54 + 4 * i, 57 + 4 * i);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = 54 + palette + (height - 1 - y) * stride + (x * bits) / 8;
      const pixel = rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3);
      if (bits === 8) file[at] = pixel[0] as number;
      else file.set([...pixel].reverse(), at);
    }
  }
  return file;
}

test('lossless formats give the stored pixels', async () => {
  const pixels = noise(7 * 5 * 3);
  for (const [name, bytes] of [
    ['a.png', await raw(7, 5, 3, pixels).png().toBuffer()], ['a.webp', await raw(7, 5, 3, pixels).webp({ lossless: true }).toBuffer()],
    ['a.tiff', await raw(7, 5, 3, pixels).tiff({ compression: 'lzw' }).toBuffer()], ['a.bmp', bmp(7, 5, pixels, 24)],
  ] as const) {
    const { image, note } = await readImage(put(`formats/${name}`, bytes));
    expect([image.width, image.height, image.gray, note], name).toEqual([7, 5, false, null]);
    expect([...toInterleaved(image)], name).toEqual([...pixels]);
  }
});

test('our PNG is read back unchanged', async () => {
  const { image } = await readImage(put('one.png', await png(9, 4)));
  expect(await readImage(put('two.png', await encodePng(image)))).toEqual({ image, note: null });
});

test('grey files are grey, with three equal planes', async () => {
  const pixels = noise(20);
  const grey = await readImage(put('grey.png', await raw(5, 4, 1, pixels).toColourspace('b-w').png().toBuffer()));
  expect(grey.image.gray).toBe(true);
  expect(grey.image.planes.map((plane) => [...plane])).toEqual(Array(3).fill([...pixels]));
  const { image } = await readImage(
    put(
      'grey.bmp',
      bmp(
        5,
        4,
        Uint8Array.from({ length: 60 }, (_, i) => pixels[Math.floor(i / 3)] as number),
        8,
      ),
    ),
  );
  expect([...(image.planes[2] as Uint8Array)]).toEqual([...pixels]);
});

test('16 bits are scaled and alpha is dropped, and both are said', async () => {
  const words = Uint16Array.from([0, 257, 65535, 128 * 257, 300, 65278]);
  const deep = await readImage(
    put(
      'deep.png',
      await sharp(words, { raw: { width: 2, height: 1, channels: 3 } })
        .toColourspace('rgb16')
        .png()
        .toBuffer(),
    ),
  );
  expect([...toInterleaved(deep.image)]).toEqual([0, 1, 255, 128, 1, 254]);
  expect(deep.note).toBe('16-bit levels scaled to 8 bits');
  const clear = await readImage(put('alpha.png', await raw(3, 3, 4).png().toBuffer()));
  expect(clear.note).toBe('alpha channel dropped');
});

test.each([
  ['lfs.png', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n'],
  ['empty.png', ''],
  ['text.bmp', 'BM but nothing else'],
  ['cut.bmp', bmp(7, 5, noise(105), 24).subarray(0, 90)],
  ['rle.bmp', Buffer.from(bmp(7, 5, noise(105), 24)).fill(1, 30, 31)],
])('%s is refused with its name', async (name, bytes) => {
  await expect(readImage(put(name, bytes))).rejects.toThrow(UserError);
  await expect(readImage(join(folder, name))).rejects.toThrow(name);
});

test('a cut-off PNG is refused', async () => {
  const bytes = await png(64, 64);
  await expect(readImage(put('half.png', bytes.subarray(0, bytes.length >> 1)))).rejects.toThrow(/half\.png cannot be read/);
});

test('originals alone, pairs by folder, pairs by name', async () => {
  const small = await png(4, 4);
  for (const name of ['b.png', 'a.JPG', 'note.txt', '.hidden.png']) put(`plain/${name}`, small);
  expect((await openImages(join(folder, 'plain'), 2)).files.map((f) => [f.name, f.lr])).toEqual([['a.JPG', null], ['b.png', null]]);
  put('set/HR/x.png', small);
  put('set/LR_bicubic/X2/xx2.png', small);
  expect((await openImages(join(folder, 'set'), 2)).files[0]?.lr).toBe(join(folder, 'set/LR_bicubic/X2/xx2.png'));
  expect((await openImages(join(folder, 'set'), 3)).files[0]?.lr).toBeNull();
  put('self/img_001_SRF_2_HR.png', small);
  put('self/img_001_SRF_2_LR.png', small);
  expect((await openImages(join(folder, 'self'), 2)).files.map((f) => f.lr)).toEqual([join(folder, 'self/img_001_SRF_2_LR.png')]);
  expect((await openImages(join(folder, 'plain/b.png'), 2)).files).toHaveLength(1);
  expect((await openImages({ hr: join(folder, 'set/HR'), lr: join(folder, 'set/LR_bicubic/X2') }, 2)).files).toHaveLength(1);
});

test('folders without images, missing folders and missing partners are the user’s to mend', async () => {
  mkdirSync(join(folder, 'void'), { recursive: true });
  put('odd/HR/x.png', 'x');
  put('odd/LR_bicubic/X2/y.png', 'y');
  await expect(openImages(join(folder, 'void'), 2)).rejects.toThrow(/holds no images/);
  await expect(openImages(join(folder, 'nowhere'), 2)).rejects.toThrow(/no folder/);
  await expect(openImages(join(folder, 'odd'), 2)).rejects.toThrow(/x\.png has no low-resolution partner/);
  await expect(openImages({ hr: join(folder, 'odd/HR'), lr: join(folder, 'gone') }, 2)).rejects.toThrow(UserError);
});

test('a case is cut to whole steps; files that do not fit the scale are refused', async () => {
  const protocol = parseProtocol('psnr');
  const file = { name: 'x.png', hr: put('case/x.png', await png(23, 17)), lr: null, tags: [] };
  const made = await loadCase(file, { scale: 2, multiple: 2, protocol });
  expect([made.hr.width, made.hr.height, made.lr.width, made.lr.height]).toEqual([20, 16, 10, 8]);
  const paired = { ...file, lr: put('case/lr.png', await png(11, 8)) };
  const read = await loadCase(paired, { scale: 2, multiple: 1, protocol });
  expect([read.hr.width, read.hr.height, read.notes]).toEqual([22, 16, ['LR from files']]);
  await expect(loadCase(paired, { scale: 3, multiple: 1, protocol })).rejects.toThrow(/23×17.*11×8.*not a scale of 3/);
  await expect(loadCase(file, { scale: 1, multiple: 1, protocol })).rejects.toThrow(/needs pairs/);
  await expect(loadCase(file, { scale: 4, multiple: 8, protocol })).rejects.toThrow(/smaller than one step of 32/);
  const centred = await loadCase(file, { scale: 2, multiple: 2, protocol: parseProtocol('psnr:center') });
  expect(centred.hr.planes[0]?.[0]).toBe((await readImage(file.hr)).image.planes[0]?.[23 * 0 + 1]);
});

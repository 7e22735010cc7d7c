import sharp from 'sharp';
import { clamp } from './noise.mjs';

/** Pictures are drawn this many times larger and then reduced, so that edges are as soft as a lens leaves them. */
const OVERSAMPLING = 3;

/** An SVG drawing in picture pixels, rasterised at the drawing size: interleaved RGB, 0…255. */
export async function drawSvg(width, height, body) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width * OVERSAMPLING}" height="${height * OVERSAMPLING}" viewBox="0 0 ${width} ${height}">${body}</svg>`;
  const { data } = await sharp(Buffer.from(svg), { limitInputPixels: false })
    .flatten({ background: '#000' })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return data;
}

/** Fills or retouches a drawing: `shade(x, y, [r, g, b])` in picture pixels gives the colour of each point, 0…255. */
export function shadePixels(width, height, drawing, shade) {
  const [columns, rows] = [width * OVERSAMPLING, height * OVERSAMPLING];
  const out = Buffer.alloc(columns * rows * 3);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at += 3) {
      const base = drawing ? [drawing[at], drawing[at + 1], drawing[at + 2]] : [0, 0, 0];
      const color = shade((column + 0.5) / OVERSAMPLING, (row + 0.5) / OVERSAMPLING, base);
      for (let c = 0; c < 3; c++) out[at + c] = Math.round(clamp(color[c], 0, 255));
    }
  }
  return out;
}

/** Reduces a drawing to its picture size and writes it as PNG. */
export async function savePng(width, height, drawing, path) {
  await sharp(drawing, { raw: { width: width * OVERSAMPLING, height: height * OVERSAMPLING, channels: 3 } })
    .resize(width, height, { kernel: 'lanczos3' })
    .png({ compressionLevel: 9, adaptiveFiltering: true, effort: 10 })
    .toFile(path);
}

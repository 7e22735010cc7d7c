import { type Image, imageOf, type Plane, planesOf, roundTo8Bits } from './image.ts';

/** BT.601 studio-swing luma of 8-bit levels as MATLAB's `rgb2ycbcr`: Y = 16 + (65.481 R + 128.553 G + 24.966 B) / 255, unrounded. */
export function luma(image: Image): Plane {
  return weigh(image, 16, 65.481, 128.553, 24.966);
}

/** The luma as `rgb2ycbcr` gives it for 8-bit images: rounded to whole levels. */
export function roundedLuma(image: Image): Plane {
  return roundTo8Bits(luma(image));
}

/** Both chroma planes of `rgb2ycbcr`, unrounded, centred at 128. */
export function chroma(image: Image): readonly [Plane, Plane] {
  return [weigh(image, 128, -37.797, -74.203, 112), weigh(image, 128, 112, -93.786, -18.214)];
}

/** RGB from luma and chroma planes: the inverse of BT.601 studio swing, unrounded. */
export function fromYcbcr(y: Plane, cb: Plane, cr: Plane): Image {
  const [kr, kb] = [0.299, 0.114];
  const kg = 1 - kr - kb;
  const gain = 255 / 112;
  const mix = (b: number, r: number): Plane => ({
    width: y.width, height: y.height,
    data: Float64Array.from(y.data as Float64Array, (value, i) =>
      (255 / 219) * (value - 16) + gain * (b * ((cb.data[i] as number) - 128) + r * ((cr.data[i] as number) - 128))),
  });
  return imageOf([mix(0, 1 - kr), mix((-kb * (1 - kb)) / kg, (-kr * (1 - kr)) / kg), mix(1 - kb, 0)]);
}

function weigh(image: Image, offset: number, red: number, green: number, blue: number): Plane {
  const [r, g, b] = planesOf(image) as [Plane, Plane, Plane];
  const data = new Float64Array(r.data.length);
  for (let i = 0; i < data.length; i++) {
    data[i] = offset + (red * (r.data[i] as number) + green * (g.data[i] as number) + blue * (b.data[i] as number)) / 255;
  }
  return { width: image.width, height: image.height, data };
}

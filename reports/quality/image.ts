/** One channel, row-major. `Uint8Array`: 8-bit levels. `Float64Array`: levels 0–255 that no step has rounded. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Float64Array;
}

/** An image as planes of equal size: one (grey or luma) or three (red, green, blue), in levels 0–255. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Uint8Array[] | readonly Float64Array[];
  /** The file held one channel; `planes` then repeats it three times. */
  readonly gray: boolean;
}

/** The planes of an image with their size. */
export function planesOf(image: Image): Plane[] {
  return image.planes.map((data) => ({ width: image.width, height: image.height, data }));
}

/** An image from planes of equal size. */
export function imageOf(planes: readonly Plane[], gray = false): Image {
  const { width, height } = planes[0] as Plane;
  return { width, height, planes: planes.map((plane) => plane.data) as Image['planes'], gray };
}

/** Applies a function to every plane. */
export function mapPlanes(image: Image, map: (plane: Plane) => Plane): Image {
  return imageOf(planesOf(image).map(map), image.gray);
}

/** The rectangle at (x, y); it must lie inside. */
export function cropPlane(plane: Plane, x: number, y: number, width: number, height: number): Plane {
  const data = plane.data instanceof Uint8Array ? new Uint8Array(width * height) : new Float64Array(width * height);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * plane.width + x;
    data.set(plane.data.subarray(start, start + width), row * width);
  }
  return { width, height, data };
}

/** The rectangle at (x, y) of every plane. */
export function cropImage(image: Image, x: number, y: number, width: number, height: number): Image {
  return mapPlanes(image, (plane) => cropPlane(plane, x, y, width, height));
}

/** Levels as 8 bits: rounded half up, clamped to 0–255; NaN becomes 0. */
export function roundTo8Bits(plane: Plane): Plane {
  if (plane.data instanceof Uint8Array) return plane;
  return { ...plane, data: Uint8Array.from(plane.data, (value) => Math.min(255, Math.max(0, Math.floor(value + 0.5)))) };
}

/** Interleaved RGB bytes of an image, rounded to 8 bits. */
export function toInterleaved(image: Image): Uint8Array {
  const planes = planesOf(image).map((plane) => roundTo8Bits(plane).data);
  const count = image.width * image.height;
  const bytes = new Uint8Array(count * 3);
  for (let c = 0; c < 3; c++) {
    const plane = planes[planes.length === 1 ? 0 : c] as Uint8Array;
    for (let i = 0; i < count; i++) bytes[i * 3 + c] = plane[i] as number;
  }
  return bytes;
}

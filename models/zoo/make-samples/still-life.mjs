import { clamp, fractalNoise, mix, smoothstep } from './noise.mjs';
import { shadePixels } from './raster.mjs';

const LIGHT = normalize([-0.5, -0.62, 0.6]);
const FRUIT = [
  { x: 0.36, y: 0.36, radius: 0.235, skin: 'orange' },
  { x: 0.69, y: 0.5, radius: 0.245, skin: 'apple' },
  { x: 0.34, y: 0.73, radius: 0.16, skin: 'plum' },
];

/** Fruit on a woven cloth: single threads, checks in four colours, peel, highlights, soft shadows. */
export async function stillLife(width, height) {
  const fields = { fold: fractalNoise(51, 3), yarn: fractalNoise(52, 3), skin: fractalNoise(53, 4), pore: fractalNoise(54, 2) };
  const side = Math.min(width, height);
  const fruit = FRUIT.map(({ x, y, radius, skin }) => ({ x: x * width, y: y * height, radius: radius * side, skin }));
  return shadePixels(width, height, null, (x, y) => {
    const hit = fruit.findLast((f) => Math.hypot(x - f.x, y - f.y) < f.radius);
    if (hit) return fruitColor(hit, x, y, fruit, fields);
    return cloth(x, y, fields).map((c) => c * shadow(x, y, fruit));
  });
}

/** Plain weave: over and under, each thread round and twisted, colours in checks. */
function cloth(x, y, { fold, yarn }) {
  const wave = 5 * fold(x / 150, y / 150);
  const [u, v] = [(x + 0.18 * y + wave) / 3.4, (y - 0.14 * x + wave) / 3.4];
  const [column, row] = [Math.floor(u), Math.floor(v)];
  const warpOnTop = (column + row) % 2 === 0;
  const across = (warpOnTop ? u - column : v - row) - 0.5;
  const along = (warpOnTop ? v - row : u - column) - 0.5;
  const round = Math.sqrt(Math.max(0, 1 - 3.4 * across * across)) * (1 - 0.9 * along * along);
  const twist = 0.1 * Math.sin((along * 2.4 + across * 3) * 6) + 0.16 * yarn(x / 1.8, y / 1.8);
  const [r, g, b] = threadColor(warpOnTop ? column : row);
  const drape = 1 + 0.2 * fold(x / 70 + 9, y / 120);
  const light = (0.42 + 0.62 * round + twist) * drape * (1.08 - (0.3 * (x + y)) / 900);
  return [r * light, g * light, b * light];
}

function threadColor(index) {
  const at = ((index % 32) + 32) % 32;
  if (at < 3) return [188, 52, 44];
  if (at >= 10 && at < 12) return [40, 62, 92];
  if (at >= 12 && at < 20) return [222, 210, 184];
  if (at >= 20 && at < 22) return [40, 62, 92];
  return [176, 170, 152];
}

function shadow(x, y, fruit) {
  let light = 1;
  for (const f of fruit) {
    const [dx, dy] = [x - (f.x + f.radius * 0.42), y - (f.y + f.radius * 0.5)];
    light *= 1 - 0.62 * smoothstep(f.radius * 1.25, f.radius * 0.55, Math.hypot(dx, dy));
  }
  return light;
}

function fruitColor(f, x, y, fruit, fields) {
  const [nx, ny] = [(x - f.x) / f.radius, (y - f.y) / f.radius];
  const nz = Math.sqrt(Math.max(0, 1 - nx * nx - ny * ny));
  const bump = f.skin === 'orange' ? 0.17 : 0.04;
  const normal = normalize([nx + bump * fields.pore(x / 2.1, y / 2.1), ny + bump * fields.pore(x / 2.1 + 40, y / 2.1), nz]);
  const diffuse = clamp(dot(normal, LIGHT), 0, 1);
  const half = normalize([LIGHT[0], LIGHT[1], LIGHT[2] + 1]);
  const gloss = { orange: [26, 0.35], apple: [60, 0.75], plum: [16, 0.3] }[f.skin];
  const shine = 255 * gloss[1] * clamp(dot(normal, half), 0, 1) ** gloss[0];
  const others = fruit.filter((other) => other !== f && Math.hypot(x - other.x, y - other.y) > other.radius * 0.6);
  const light = (0.2 + 0.95 * diffuse) * mix(1, shadow(x, y, others), 0.6) * (0.7 + 0.3 * smoothstep(0, 0.35, nz));
  const base = SKINS[f.skin](nx, ny, fields);
  const bounce = 26 * clamp(ny, 0, 1) * (1 - diffuse);
  return base.map((c, i) => c * light + shine + bounce * [1, 0.85, 0.7][i]);
}

const SKINS = {
  orange: (nx, ny, { skin }) => {
    const tone = 0.5 + 0.5 * skin(nx * 3, ny * 3);
    const stem = smoothstep(0.12, 0.05, Math.hypot(nx + 0.2, ny + 0.42));
    return [mix(mix(236, 250, tone), 96, stem), mix(mix(124, 156, tone), 110, stem), mix(24, 40, stem)];
  },
  apple: (nx, ny, { skin }) => {
    const angle = Math.atan2(ny + 0.55, nx - 0.1);
    const streak = 0.5 + 0.5 * skin(angle * 14, Math.hypot(nx, ny) * 2);
    const blush = smoothstep(0.15, 0.75, streak * 0.75 + 0.3 * nx + 0.2 * ny + 0.2);
    const hollow = smoothstep(0.3, 0.04, Math.hypot((nx - 0.1) * 0.8, (ny + 0.62) * 1.6));
    const speck = skin(nx * 34, ny * 34) > 0.52 ? 26 : 0;
    const stalk = Math.abs(nx - 0.1 - 0.16 * (ny + 0.62) ** 2) < 0.03 && ny < -0.56 && ny > -0.93 ? 1 : 0;
    const color = [mix(206, 184, blush), mix(182, 36, blush), mix(74, 38, blush)].map((c) => (c + speck) * (1 - 0.55 * hollow));
    return stalk ? [84, 58, 34] : color;
  },
  plum: (nx, ny, { skin }) => {
    const bloom = smoothstep(-0.15, 0.5, skin(nx * 2.4 + 7, ny * 2.4)) * 0.8;
    const crease = smoothstep(0.05, 0, Math.abs(nx - 0.25 * ny * ny + 0.1)) * 0.45;
    return [mix(78, 128, bloom), mix(34, 104, bloom), mix(74, 142, bloom)].map((c) => c * (1 - crease));
  },
};

function normalize(v) {
  const length = Math.hypot(...v);
  return v.map((c) => c / length);
}

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

import { fractalNoise, random } from './noise.mjs';
import { drawSvg, shadePixels } from './raster.mjs';

const DEEP = ['#16301a', '#1b3a1d', '#0f2716', '#24461f'];
const MIDDLE = ['#2f5c25', '#3a6b2a', '#27522a', '#4a7a2c', '#35602f'];
const NEAR = ['#5d9434', '#74a83c', '#4f8733', '#8bb84a', '#9cc052', '#68963a', '#b09a3c'];

/** Leaves of a hedge, from blurred shade to sunlit blades with veins, between thin branches. */
export async function foliage(width, height) {
  const rng = random(11);
  const far = leaves(rng, width, height, 260, [14, 30], DEEP, false);
  const middle = leaves(rng, width, height, 300, [16, 32], MIDDLE, true);
  const near = leaves(rng, width, height, 120, [22, 46], NEAR, true);
  const drawing = await drawSvg(
    width,
    height,
    `
    <defs><filter id="soft"><feGaussianBlur stdDeviation="2.2"/></filter></defs>
    <rect width="${width}" height="${height}" fill="#0d1f12"/>
    <g filter="url(#soft)">${sky(rng, width, height)}${far}</g>
    ${branches(rng, width, height, 7)}${middle}${branches(rng, width, height, 4)}${near}`,
  );
  const light = fractalNoise(5, 4);
  const grain = fractalNoise(9, 3);
  return shadePixels(width, height, drawing, (x, y, [r, g, b]) => {
    const sun = 1 + 0.42 * light(x / 90, y / 90) + 0.12 * (0.5 - y / height);
    const tissue = 1 + 0.1 * grain(x / 2.2, y / 2.2);
    return [r * sun * tissue * 1.04, g * sun * tissue, b * sun * tissue * 0.92];
  });
}

/** Bright holes in the hedge, far behind. */
function sky(rng, width, height) {
  const holes = Array.from({ length: 26 }, () => {
    const radius = rng.between(3, 11);
    return `<ellipse cx="${rng.between(0, width)}" cy="${rng.between(0, height * 0.6)}" rx="${radius}" ry="${radius * rng.between(0.7, 1.3)}" fill="${rng.pick(['#c9dfe6', '#a9cfa2', '#e4ecd9'])}" opacity="${rng.between(0.35, 0.9)}"/>`;
  });
  return holes.join('');
}

function leaves(rng, width, height, count, [smallest, largest], colors, veined) {
  return Array.from({ length: count }, () =>
    leaf(rng, rng.between(-20, width + 20), rng.between(-20, height + 20), rng.between(smallest, largest), rng.pick(colors), veined),
  ).join('');
}

/** One leaf: a lit and a shaded half, a midrib and side veins. */
function leaf(rng, x, y, length, color, veined) {
  const half = length * rng.between(0.2, 0.32);
  const bend = rng.between(-0.15, 0.15) * length;
  const middle = length * rng.between(0.35, 0.5);
  const tip = `${length} ${bend}`;
  const rib = `M0 0Q${middle} ${-bend} ${tip}`;
  const upper = `M0 0C${middle * 0.5} ${-half * 1.3} ${middle * 1.4} ${-half * 1.2} ${tip}Q${middle} ${-bend} 0 0Z`;
  const lower = `M0 0C${middle * 0.5} ${half * 1.3} ${middle * 1.4} ${half * 1.2} ${tip}Q${middle} ${-bend} 0 0Z`;
  const veins = Array.from({ length: veined ? 6 : 0 }, (_, i) => {
    const at = (length * (i + 1)) / 8;
    const reach = half * 0.75 * Math.sin((Math.PI * (i + 1.2)) / 8);
    return `M${at} ${-bend * 0.3}l${length * 0.1} ${-reach}M${at} ${-bend * 0.3}l${length * 0.1} ${reach}`;
  }).join('');
  return `<g transform="translate(${x} ${y}) rotate(${rng.between(0, 360)})">
    <path d="${upper}" fill="${color}"/><path d="${lower}" fill="${color}"/><path d="${lower}" fill="#061206" opacity="${rng.between(0.15, 0.4)}"/>
    ${veined ? `<path d="${rib}" fill="none" stroke="#dcecae" stroke-opacity="0.55" stroke-width="${length / 45}"/><path d="${veins}" fill="none" stroke="#e8f3c6" stroke-opacity="0.25" stroke-width="${length / 80}"/>` : ''}
  </g>`;
}

/** Thin twigs that wander and fork. */
function branches(rng, width, height, count) {
  return Array.from({ length: count }, () =>
    twig(rng, rng.between(0, width), rng.pick([-5, height + 5]), rng.between(0.3, 2.8), rng.between(2.5, 4.5), 26),
  ).join('');
}

function twig(rng, x, y, angle, thickness, steps) {
  let [px, py, heading] = [x, y, y < 0 ? angle : -angle];
  let body = '';
  for (let i = 0; i < steps && thickness > 0.5; i++) {
    heading += rng.between(-0.22, 0.22);
    const [nx, ny] = [px + 15 * Math.cos(heading), py + 15 * Math.sin(heading)];
    const wide = thickness * (1 - i / (steps * 1.3));
    body += `<path d="M${px} ${py}L${nx} ${ny}" stroke="#3a2a1c" stroke-width="${wide}" stroke-linecap="round"/><path d="M${px - wide * 0.2} ${py - wide * 0.2}L${nx - wide * 0.2} ${ny - wide * 0.2}" stroke="#8a6f4e" stroke-width="${wide * 0.35}" stroke-linecap="round"/>`;
    if (rng.next() < 0.12)
      body += twig(
        rng,
        nx,
        ny,
        (ny < py ? -1 : 1) * (heading + rng.between(-0.9, 0.9)) * (y < 0 ? 1 : -1),
        wide * 0.6,
        Math.floor(steps / 2),
      );
    [px, py] = [nx, ny];
  }
  return body;
}

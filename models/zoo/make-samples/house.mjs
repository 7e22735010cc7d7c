import { fractalNoise, mix, random, smoothstep } from './noise.mjs';
import { drawSvg, shadePixels } from './raster.mjs';

const BRICKS = ['#9c4f3a', '#a65a42', '#8d4331', '#b0674c', '#94493a', '#a15540', '#7f3d30', '#b87458'];
const SLATES = ['#4a515a', '#545c66', '#424851', '#5d656e', '#4e5660'];
const EAVES = 104;

/** A brick house front under an evening sky: courses of brick, sash windows, slates, a street sign. */
export async function house(width, height) {
  const rng = random(31);
  const drawing = await drawSvg(
    width,
    height,
    `
    <defs><linearGradient id="glass" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#a9c3d6"/><stop offset="0.45" stop-color="#4d6478"/><stop offset="0.5" stop-color="#7f99ad"/><stop offset="1" stop-color="#20303e"/></linearGradient>
    <linearGradient id="door" x1="0" x2="1"><stop offset="0" stop-color="#1e4a46"/><stop offset="1" stop-color="#2c6a62"/></linearGradient></defs>
    <rect width="${width}" height="${height}" fill="#00f"/>
    <rect y="${EAVES}" width="${width}" height="${height}" fill="#c9bba6"/>${bricks(rng, width, height)}${slates(rng, width)}${chimney(rng, width)}
    <rect y="${EAVES - 3}" width="${width}" height="8" fill="#e6e0d4"/><rect y="${EAVES + 5}" width="${width}" height="2" fill="#4a3a30"/>
    ${sash(54, 142, 74, 104)}${sash(176, 142, 74, 104)}${sash(54, 292, 74, 104)}${entrance(152, 282, height)}${sash(352, 142, 74, 104)}${sash(352, 292, 74, 104)}
    ${pipe(300, height)}${sign(263, 312)}<rect y="${height - 10}" width="${width}" height="12" fill="#6d675f"/>`,
  );
  const [clouds, wall, fine] = [fractalNoise(41, 6), fractalNoise(42, 5), fractalNoise(43, 2)];
  return shadePixels(width, height, drawing, (x, y, color) => {
    const [r, g, b] = color;
    const sky = smoothstep(140, 220, b - Math.max(r, g));
    const rough = 1 + 0.1 * wall(x / 30, y / 30) + 0.1 * fine(x / 1.7, y / 1.7);
    const light =
      rough * mix(1.08, 0.86, x / width) * (1 - 0.5 * smoothstep(EAVES + 22, EAVES + 4, y) * smoothstep(EAVES + 2, EAVES + 6, y));
    const cloud = smoothstep(-0.05, 0.5, clouds(x / 110, y / 55));
    const dusk = Math.min(1, y / EAVES);
    const air = [
      mix(mix(92, 236, dusk), 250, cloud * 0.8),
      mix(mix(140, 200, dusk), 236, cloud * 0.75),
      mix(mix(196, 176, dusk), 226, cloud * 0.7),
    ];
    return color.map((c, i) => mix(c * light, air[i], sky));
  });
}

function bricks(rng, width, height) {
  let body = '';
  for (let row = 0, y = EAVES; y < height; row++, y += 8) {
    for (let x = row % 2 ? -11 : 0; x < width; x += 22) {
      const soldier = row % 6 === 5;
      for (const part of soldier ? [0, 11] : [0])
        body += `<rect x="${x + part + 0.6}" y="${y + 0.6}" width="${(soldier ? 11 : 22) - 1.2 + rng.between(-0.2, 0.2)}" height="6.7" rx="0.5" fill="${rng.pick(BRICKS)}"/>`;
    }
  }
  return body;
}

function slates(rng, width) {
  let body = '';
  for (let row = 0; row < 7; row++) {
    const y = 44 + row * 8.5;
    for (let x = -12 + (row % 2) * 7; x < width + 12; x += 14) {
      const lean = (width / 2 - x) * 0.004 * (7 - row);
      body += `<path d="M${x + lean} ${y}h13.4l${-lean * 0.3} 9.4q-6.7 2.4 -13.4 0z" fill="${rng.pick(SLATES)}" stroke="#2b3036" stroke-width="0.7"/>`;
    }
  }
  return `<rect y="44" width="${width}" height="62" fill="#3b4149"/>${body}<rect y="41" width="${width}" height="5" fill="#6f5a4e"/>`;
}

function chimney(rng, width) {
  let body = `<rect x="${width - 128}" y="6" width="52" height="42" fill="#b7a793"/>`;
  for (let row = 0; row < 5; row++)
    for (let i = 0; i < 4; i++)
      body += `<rect x="${width - 127.4 + i * 13 - (row % 2) * 3}" y="${8.5 + row * 8}" width="11.8" height="6.8" fill="${rng.pick(BRICKS)}"/>`;
  return `${body}<rect x="${width - 134}" y="3" width="64" height="6" fill="#8a7a6a"/><rect x="${width - 120}" y="-6" width="12" height="10" fill="#b5603f"/><rect x="${width - 98}" y="-6" width="12" height="10" fill="#a5543a"/>`;
}

function sash(x, y, w, h) {
  const bars =
    [1, 2].map((i) => `<rect x="${x + (w * i) / 3 - 1}" y="${y}" width="2" height="${h}"/>`).join('') +
    [1, 3].map((i) => `<rect x="${x}" y="${y + (h * i) / 4 - 0.8}" width="${w}" height="1.6"/>`).join('');
  const arch = Array.from(
    { length: 9 },
    (_, i) =>
      `<path d="M${x - 6 + i * ((w + 12) / 9)} ${y - 20}h${(w + 12) / 9 - 1.1}l-1 15h-${(w + 12) / 9 - 3}z" fill="${BRICKS[(i * 5) % 8]}"/>`,
  ).join('');
  return `<rect x="${x - 7}" y="${y - 21}" width="${w + 14}" height="17" fill="#c9bba6"/>${arch}<rect x="${x - 5}" y="${y - 5}" width="${w + 10}" height="${h + 8}" fill="#3a2c24"/><rect x="${x - 4}" y="${y - 4}" width="${w + 8}" height="${h + 6}" fill="#ece7dc"/>
    <rect x="${x}" y="${y}" width="${w}" height="${h}" fill="url(#glass)"/><path d="M${x} ${y + h * 0.2}q${w * 0.3} ${h * 0.3} ${w * 0.16} ${h * 0.8}H${x}z" fill="#e9e4d8" opacity="0.35"/>
    <g fill="#f1ece2">${bars}<rect x="${x}" y="${y + h / 2 - 2}" width="${w}" height="4"/></g><rect x="${x - 10}" y="${y + h + 3}" width="${w + 20}" height="7" fill="#d8cfc0"/><rect x="${x - 10}" y="${y + h + 10}" width="${w + 20}" height="3" fill="#3a2a22" opacity="0.6"/>`;
}

function entrance(x, y, height) {
  const panels = [
    [10, 34, 20, 30],
    [38, 34, 20, 30],
    [10, 72, 20, 26],
    [38, 72, 20, 26],
  ]
    .map(
      ([dx, dy, w, h]) =>
        `<rect x="${x + dx}" y="${y + dy}" width="${w}" height="${h}" fill="none" stroke="#0f2f2c" stroke-width="1.2"/><path d="M${x + dx} ${y + dy + h}v-${h}h${w}" fill="none" stroke="#58948b" stroke-width="0.8"/>`,
    )
    .join('');
  const fan = Array.from(
    { length: 7 },
    (_, i) =>
      `<path d="M${x + 34} ${y + 24}L${x + 34 - 32 * Math.cos((i * Math.PI) / 6)} ${y + 24 - 24 * Math.sin((i * Math.PI) / 6)}" stroke="#f1ece2" stroke-width="1.4"/>`,
  ).join('');
  return `<rect x="${x - 8}" y="${y - 6}" width="84" height="${height - y}" fill="#ded6c7"/><path d="M${x} ${y + 24}a34 26 0 0 1 68 0z" fill="#e8c987"/>${fan}<rect x="${x}" y="${y + 24}" width="68" height="${height}" fill="url(#door)"/>${panels}<circle cx="${x + 60}" cy="${y + 68}" r="2" fill="#e5c25e"/><rect x="${x + 27}" y="${y + 52}" width="14" height="3" rx="1" fill="#e5c25e"/><text x="${x + 34}" y="${y + 47}" font-family="DejaVu Serif, serif" font-weight="bold" font-size="10" text-anchor="middle" fill="#f0d67a">48</text>`;
}

function pipe(x, height) {
  return `<rect x="${x + 6}" y="${EAVES + 6}" width="4" height="${height}" fill="#2a1d18" opacity="0.45"/><rect x="${x}" y="${EAVES - 2}" width="7" height="${height}" fill="#3e4a46"/><rect x="${x + 1.4}" y="${EAVES - 2}" width="1.5" height="${height}" fill="#8fa09a"/>${[150, 230, 330].map((y) => `<rect x="${x - 2}" y="${y}" width="11" height="4" fill="#4c5a55"/>`).join('')}`;
}

function sign(x, y) {
  return `<rect x="${x - 29}" y="${y - 12}" width="62" height="20" fill="#1c1c1c" opacity="0.35"/><rect x="${x - 31}" y="${y - 14}" width="62" height="20" fill="#f4f1e8" stroke="#1f2a44" stroke-width="1.3"/><text x="${x}" y="${y - 4}" font-family="DejaVu Sans Condensed, sans-serif" font-weight="bold" font-size="8.6" text-anchor="middle" fill="#1f2a44">BRAKE LANE</text><text x="${x}" y="${y + 3.5}" font-family="DejaVu Sans Condensed, sans-serif" font-size="5" text-anchor="middle" fill="#8c2a22">BOROUGH OF PRONY  E 8</text>`;
}

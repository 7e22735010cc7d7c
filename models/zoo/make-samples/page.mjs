import { fractalNoise, mix, smoothstep } from './noise.mjs';
import { drawSvg, shadePixels } from './raster.mjs';

const TEXT = `dynamometer does not ask an engine what it can do. It puts a load on the shaft, waits until the
needle is at rest and writes down what it sees. Whoever has stood beside one knows the moment when
a promising machine is found to be slow, and the longer one, afterwards, in which somebody finds
the loose belt. Numbers from a bench are only as good as the patience that went into them: warm
the oil, let the water settle, take the reading again tomorrow. If both agree, believe the second.
If they do not, say so in the margin, for a figure without its doubt is only half a figure. The
third rule is older than the bench itself: change one thing at a time, and keep the old part. A good log is dull to
read, and that is the praise it should be given by whoever has to read it ten years from now.`.replaceAll('\n', ' ');

const SMALL = `1 The brake of Prony, 1821: two blocks of oak, a lever, a weight. 2 Loads in pounds; the scale is read to a
quarter. 3 Cork linings char above 90 degrees; keep them wet. 4 See plate IV for the arrangement of the pulleys.`.split('\n');

/** A page of an old handbook on a wooden table: type in five sizes, an engraving, soft light. */
export async function page(width, height) {
  const drawing = await drawSvg(
    width,
    height,
    `
    <rect width="${width}" height="${height}" fill="#6b4426"/>
    ${boards(width, height)}
    <g transform="rotate(-2.2 ${width / 2} ${height / 2})">
      <rect x="36" y="16" width="${width - 62}" height="${height + 20}" fill="#1b0f06" opacity="0.5"/>
      <rect x="28" y="10" width="${width - 62}" height="${height + 20}" fill="#efe6d0"/>
      <rect x="28" y="10" width="3" height="${height + 20}" fill="#c9b998"/>
      ${heading(width)}${engraving(width - 172, 118)}${columns(width)}
    </g>`,
  );
  const [paper, fibre, wood] = [fractalNoise(21, 4), fractalNoise(22, 2), fractalNoise(23, 4)];
  return shadePixels(width, height, drawing, (x, y, color) => {
    const [r, g, b] = color;
    const isWood = r - b > 50 ? smoothstep(50, 70, r - b) : 0;
    const grain = wood(x / 120, y / 2.6) * 0.34 + wood(x / 9, y / 1.4) * 0.12;
    const lamp = 1.08 - 0.34 * Math.hypot((x - width * 0.35) / width, (y - height * 0.2) / height) ** 1.4;
    const light = lamp * (1 + mix(0.03 * paper(x / 40, y / 40) + 0.025 * fibre(x / 1.6, y / 1.6), grain, isWood));
    return [r * light, g * light * 0.99, b * light * 0.96];
  });
}

function boards(width, height) {
  return [90, 210, 318]
    .map(
      (y, i) =>
        `<rect x="0" y="${y}" width="${width}" height="2" fill="#2a1609"/><rect x="0" y="${y + 2}" width="${width}" height="${height}" fill="${['#74492a', '#684122', '#7a4f2e'][i]}"/>`,
    )
    .join('');
}

function heading(width) {
  return `<g fill="#26201a" font-family="DejaVu Serif, serif">
    <text x="52" y="34" font-size="7.5" letter-spacing="1.2">HANDBOOK OF THE TEST BENCH</text><text x="${width - 70}" y="34" font-size="9" text-anchor="end">127</text>
    <path d="M52 40H${width - 66}" stroke="#26201a" stroke-width="0.7"/>
    <text x="52" y="72" font-size="27" font-weight="bold">On Measuring</text>
    <text x="52" y="94" font-size="15" font-style="italic">and on being wrong twice</text></g>`;
}

/** A brake with its lever in thin hatching. */
function engraving(x, y) {
  const spokes = Array.from({ length: 8 }, (_, i) => {
    const angle = (i * Math.PI) / 4 + 0.2;
    return `<path d="M${x + 38 + 6 * Math.cos(angle)} ${y + 44 + 6 * Math.sin(angle)}L${x + 38 + 26 * Math.cos(angle)} ${y + 44 + 26 * Math.sin(angle)}" stroke-width="1.6"/>`;
  }).join('');
  const hatch = Array.from({ length: 31 }, (_, i) => `<path d="M${x + 4 + i * 3} ${y + 92}l7 8" stroke-width="0.45"/>`).join('');
  const rings = [32, 29.5, 26, 6]
    .map((radius, i) => `<circle cx="${x + 38}" cy="${y + 44}" r="${radius}" stroke-width="${[1.3, 0.5, 0.9, 1.1][i]}"/>`)
    .join('');
  const rim = Array.from({ length: 72 }, (_, i) => {
    const angle = (i * Math.PI) / 36;
    return `<path d="M${x + 38 + 26.5 * Math.cos(angle)} ${y + 44 + 26.5 * Math.sin(angle)}L${x + 38 + 29.2 * Math.cos(angle + 0.03)} ${y + 44 + 29.2 * Math.sin(angle + 0.03)}" stroke-width="0.35"/>`;
  }).join('');
  return `<g fill="none" stroke="#2b241c">${rings}${rim}${spokes}${hatch}
    <path d="M${x + 8} ${y + 10}H${x + 104}l3 5H${x + 8}Z M${x + 8} ${y + 76}H${x + 68}v6H${x + 8}Z" stroke-width="0.9"/><path d="M${x + 100} ${y + 15}v26m-6 0h12l3 18h-18z" stroke-width="0.9"/>
    <path d="M${x} ${y + 92}H${x + 108}" stroke-width="1"/></g>
    <text x="${x + 52}" y="${y + 112}" font-family="DejaVu Serif, serif" font-size="7" font-style="italic" text-anchor="middle" fill="#2b241c">Fig. 8. Friction brake</text>`;
}

function columns(width) {
  const lines = wrap(TEXT, [40, 40], 47);
  const body = lines
    .slice(0, 20)
    .map((line, i) => `<text x="${i < 2 ? 80 : 52}" y="${118 + i * 11.3}" font-size="8.3">${line}</text>`)
    .join('');
  const notes = SMALL.map((line, i) => `<text x="52" y="${358 + i * 8}" font-size="5.6">${line}</text>`).join('');
  return `<g fill="#221c16" font-family="DejaVu Serif, serif"><text x="50" y="132" font-size="32" font-weight="bold">A</text>${body}
    <path d="M52 349H150" stroke="#26201a" stroke-width="0.6"/>${notes}</g>
    <g transform="translate(${width - 172} 258)"><rect width="104" height="72" fill="none" stroke="#7c2f1d" stroke-width="1"/><text x="52" y="26" font-family="DejaVu Sans, sans-serif" font-weight="bold" font-size="19" text-anchor="middle" fill="#7c2f1d">14.6 hp</text>
    <text x="52" y="42" font-family="DejaVu Sans, sans-serif" font-size="8" text-anchor="middle" fill="#7c2f1d">at 620 rev/min</text><path d="M10 62L30 58L50 48L70 56L94 50" fill="none" stroke="#7c2f1d" stroke-width="1.1"/></g>`;
}

/** Breaks a text into rows of so many characters: `first` for the rows beside the initial, `most` for the rest. */
function wrap(text, first, most) {
  const rows = [];
  for (const word of text.split(' ')) {
    const last = rows.at(-1);
    if (last !== undefined && last.length + word.length < (first[rows.length - 1] ?? most)) rows[rows.length - 1] = `${last} ${word}`;
    else rows.push(word);
  }
  return rows;
}

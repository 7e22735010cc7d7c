/** A seeded random source in [0, 1): mulberry32. */
export function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const between = (low, high) => low + (high - low) * next();
  return { next, between, pick: (list) => list[Math.floor(next() * list.length)] };
}

/** Smooth noise in [-1, 1] with detail at every scale: octaves of interpolated lattice values. */
export function fractalNoise(seed, octaves = 5) {
  return (x, y) => {
    let sum = 0;
    let weight = 0;
    for (let octave = 0, gain = 1, step = 1; octave < octaves; octave++, gain /= 2, step *= 2) {
      sum += gain * lattice(seed + octave * 101, x * step, y * step);
      weight += gain;
    }
    return sum / weight;
  };
}

function lattice(seed, x, y) {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [u, v] = [fade(x - x0), fade(y - y0)];
  const top = mix(corner(seed, x0, y0), corner(seed, x0 + 1, y0), u);
  const bottom = mix(corner(seed, x0, y0 + 1), corner(seed, x0 + 1, y0 + 1), u);
  return mix(top, bottom, v);
}

function corner(seed, x, y) {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ Math.imul(seed, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
}

export function mix(a, b, t) {
  return a + (b - a) * t;
}

export function clamp(value, low, high) {
  return Math.min(high, Math.max(low, value));
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function smoothstep(low, high, value) {
  return fade(clamp((value - low) / (high - low), 0, 1));
}

function fade(t) {
  return t * t * (3 - 2 * t);
}

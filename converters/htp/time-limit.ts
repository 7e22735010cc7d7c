const BASE_MS = 120_000;
const PER_NODE_MS = 250;
const EMULATED_MS_PER_GMAC = 30_000;

/** Time limit of a compilation. 4,936 nodes were seen to take 110 s on two cores; tiny models take 0.3 s. */
export function compileLimitMs(nodes: number): number {
  return BASE_MS + nodes * PER_NODE_MS;
}

/** Time limit of a run in the emulator: about 2 s per billion multiply-accumulates were seen, after compiling. */
export function emulationLimitMs(nodes: number, macs: number, feeds: number): number {
  return compileLimitMs(nodes) + feeds * (BASE_MS / 4 + (macs / 1e9) * EMULATED_MS_PER_GMAC);
}

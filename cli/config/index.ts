import type { SweepFile } from '../sweep/sweep-file.ts';
import type { ConfigFile } from './schema.ts';

export type { SweepFile } from '../sweep/sweep-file.ts';
export type { ConfigFile } from './schema.ts';

/** Types a `dyno.config.ts`: `export default defineConfig({ … })`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}

/** Types a `sweep.ts`: `export default defineSweep({ … })`. */
export function defineSweep(config: SweepFile): SweepFile {
  return config;
}

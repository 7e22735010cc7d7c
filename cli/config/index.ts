import type { ConfigFile } from './schema.ts';

export type { ConfigFile } from './schema.ts';

/** Types a `dyno.config.ts`: `export default defineConfig({ … })`. */
export function defineConfig(config: ConfigFile): ConfigFile {
  return config;
}

/** What `dyno init` decided, as a config has it. */
export interface InitialConfig {
  readonly models: Readonly<Record<string, string>>;
  readonly targets: readonly string[];
  readonly images?: string;
}

/** `dyno.config.json`: editors explain each setting by its schema. */
export function jsonConfig(config: InitialConfig): string {
  return `${JSON.stringify({ $schema: './node_modules/npu-dyno/cli/config/schema.json', ...config }, null, 2)}\n`;
}

/** `dyno.config.ts`, with a remark for each setting. */
export function tsConfig({ models, targets, images }: InitialConfig): string {
  const value = (json: unknown): string => JSON.stringify(json, null, 2).replaceAll('\n', '\n  ');
  const lines = [
    "import { defineConfig } from 'npu-dyno/config';", '', 'export default defineConfig({',
    '  // By name: a path from here, or { path, input } where the input contract is not read off the model.', `  models: ${value(models)},`,
    '  // What they shall run on: ane[:CHIP], htp[:CHIP], host.', `  targets: ${value(targets)},`,
    ...(images === undefined ? ['  // A folder of pictures calibrates quantization and scores quality.', "  // images: 'photos',"] : ['  // Pictures for calibration and quality.', `  images: ${JSON.stringify(images)},`]),
    '  // Devices that measure: host, mac, android[:SERIAL], iphone[:UDID], virtual:CHIP, farm:NAME.', "  // bench: { on: ['host'] },",
    '});', '',
  ];
  return lines.join('\n');
}

/** A workflow that runs dyno on every pull request: exit 1 fails it, its report is kept. */
export function githubWorkflow(version: string): string {
  return `# Checks, rewrites and measures the models of the dyno config on every pull request. Exit code 1 (a gate failed) fails the job.
name: dyno
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  dyno:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-node@v4
        with:
          node-version: 22
      # npu-dyno ${version} is among the devDependencies of package.json. Its repository is an action too, which also keeps a comment on the pull request.
      - run: npm ci
      # Nothing is timed: a runner's times are noisy. Findings, sizes, traffic and quality are the same on each; latency is for phones of your own.
      - run: npx dyno run --on none
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: dyno
          path: .dyno/runs/*/report.*
          include-hidden-files: true
`;
}

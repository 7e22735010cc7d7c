/** Where everything lies in the runner's Documents folder, as paths with `/`. `docs/iphone-runner.md` tells who writes what, and when. */
export const layout = {
  runnerInfo: 'runner.json',
  blob: (sha256: string) => `blobs/${sha256}`,
  manifest: (sha256: string) => `blobs/${sha256}/manifest.json`,
  part: (sha256: string, name: string) => `blobs/${sha256}/${name}`,
  batch: (batch: string) => `batches/${batch}`,
  spec: (batch: string) => `batches/${batch}/batch.json`,
  /** Of bundles: what the host wants to read again with the results. The runner does not look at it. */
  plan: (batch: string) => `batches/${batch}/plan.json`,
  status: (batch: string) => `batches/${batch}/status.json`,
  /** An empty file that asks the runner to end after the step at work. */
  stop: (batch: string) => `batches/${batch}/stop`,
  steps: (batch: string) => `batches/${batch}/steps`,
  result: (batch: string, step: string) => `batches/${batch}/steps/${step}.json`,
  output: (batch: string, step: string, index: number) => `batches/${batch}/outputs/${step}/${index}.bin`,
} as const;

/** Words at a launch: `--batch ID` runs that batch and ends the process; without it the runner waits for a person. */
export const launchArguments = (batch: string): string[] => ['--batch', batch];

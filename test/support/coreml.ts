import { type CoremlToolchain, openCoremlToolchain } from '../../converters/coreml/toolchain.ts';

const opened = openCoremlToolchain();

/** coremltools, where `dyno setup python` has put it; tests that need it are skipped elsewhere. */
export const coremlToolchain: CoremlToolchain | null = opened instanceof Error ? null : opened;

/** For the titles of those tests. */
export const coremlMissing = opened instanceof Error ? ` (skipped: ${opened.message} ${opened.nextSteps.join(' ')})` : '';

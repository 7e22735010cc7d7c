import { openHtpToolchain, type HtpToolchain } from '../../converters/htp/index.ts';

const opened = openHtpToolchain();

/** Qualcomm's compiler where this machine has it; null otherwise: skip the test then. */
export const htpToolchain: HtpToolchain | null = opened instanceof Error ? null : opened;

/** Why there is none, for titles of tests that are skipped. */
export const htpMissing = opened instanceof Error ? ` (skipped: ${opened.message} ${opened.nextSteps.join(' ')})` : '';

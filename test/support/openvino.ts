import { openOpenVino, type OpenVinoToolchain } from '../../converters/openvino/index.ts';

const opened = openOpenVino();

/** OpenVINO where this machine has it; null otherwise: skip the test then. */
export const openVino: OpenVinoToolchain | null = opened instanceof Error ? null : opened;

/** Why there is none, for titles of tests that are skipped. */
export const openVinoMissing = opened instanceof Error ? ` (skipped: ${opened.message} ${opened.nextSteps.join(' ')})` : '';

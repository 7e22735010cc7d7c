import { ExternalError } from '../../../models/contracts/errors.ts';
import type { SustainedRecord } from '../../../models/contracts/records.ts';
import type { StepResult } from '../../runner/index.ts';

const MOST_SAMPLES = 1000;

/** What the phone measured at a frame rate. Throws ExternalError where it could not. */
export function sustainedRecord(result: StepResult | undefined, whose: Pick<SustainedRecord, 'variant' | 'device' | 'unit' | 'evidence'>): SustainedRecord {
  if (result?.type !== 'sustained') {
    const why = result?.type === 'failure' ? `${result.message} (${result.phase})` : 'there is no result';
    throw new ExternalError(`${whose.variant} could not be run at a frame rate on ${whose.unit}: ${why}.`, whose.device, result?.type === 'failure' ? result.detail : '');
  }
  const { framesPerSecond, seconds, frames, missed, samples, cpuSeconds, health, conditions, warnings } = result;
  const every = Math.ceil(samples.length / MOST_SAMPLES);
  return {
    ...whose, framesPerSecond, seconds, frames, missed, samples: samples.filter((_, i) => i % every === 0), cpuSeconds, energyJoules: null,
    health: health.map(({ atMs, thermal, lowPowerMode }) => ({ atSeconds: atMs / 1000, text: lowPowerMode ? `${thermal}, low-power mode` : thermal })),
    warnings: [...warnings, ...(conditions.cooled ? [] : [`The phone was ${conditions.thermalBefore} when it began.`])],
  };
}

import type { Report, ReportMeasurement } from './report.ts';

/** A result that is not of this session, or not of the model that the report is about. */
export interface StaleResult {
  readonly variant: string;
  readonly device: string;
  readonly unit: string;
  /** `other-model`: it says nothing about the variant as it is. `kept`: it was taken earlier; the machine may have been another since. */
  readonly kind: 'other-model' | 'kept';
  readonly reason: string;
}

/** Clocks of phones and of this machine may differ by so much, in milliseconds. */
const CLOCKS = 5 * 60_000;

/** Devices that run the variant's very file. Others are sent a form made of it (package, context binary), whose hash is another. */
const TAKES_FILES = /^host\b/;

/** Measurements of a run that are older than the session that ended it, or of another file than the variant's. A report of one session has none of the first. */
export function staleResults({ run, measurements, variants }: Report): StaleResult[] {
  const begun = Date.parse(run.resumedAt ?? run.startedAt);
  const hashes = new Map(variants.map(({ id, sha256 }) => [id, sha256]));
  return measurements.flatMap((measurement): StaleResult[] => {
    const { variant, device, unit, modelSha256 } = measurement;
    const now = hashes.get(variant);
    if (TAKES_FILES.test(device) && now !== undefined && now !== modelSha256) {
      return [{ variant, device, unit, kind: 'other-model', reason: `measured on ${modelSha256.slice(0, 12)}, while ${variant} is ${now.slice(0, 12)} now` }];
    }
    const kept = keptBlocks(measurement, begun);
    const count = kept.length === measurement.blocks.length ? '' : `${kept.length} of ${measurement.blocks.length} blocks `;
    return kept.length === 0 ? [] : [{ variant, device, unit, kind: 'kept', reason: `${count}kept from ${minute(kept.sort()[0] as string)}` }];
  });
}

/** Starts of blocks that were taken before. Of devices that tell no time of their own, and where times cannot be read, there are none. */
function keptBlocks({ blocks }: ReportMeasurement, begun: number): string[] {
  return blocks.map(({ startedAt }) => startedAt).filter((startedAt) => Date.parse(startedAt) < begun - CLOCKS);
}

function minute(time: string): string {
  return `${time.slice(0, 16).replace('T', ' ')} UTC`;
}

import { describe, expect, test } from 'vitest';
import { QNN_PRECISIONS } from '../../converters/qnn/chain-request.ts';
import { convert, feedsOf } from '../converters/qnn/conversion.ts';
import { distanceTo } from '../converters/qnn/run-made.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { fixture } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const input = { input: [1, 3, 32, 32] };
/** Of the output's range, on inputs that calibration has seen; seen were 0.0007, 0.0007, 0.008, 0.004 and 0.084. */
const LIMITS = { fp32: 0.002, fp16: 0.002, w8a8: 0.015, w8a16: 0.008, w4a8: 0.12 } as const;

describe.skipIf(!htpToolchain)(`an exported network through both chains of stand-ins, in the emulator of two chips${htpMissing}`, () => {
  const cases = (['qnn', 'qairt'] as const).flatMap((chain) => QNN_PRECISIONS.flatMap((precision) => ['SM8550', 'SM8650'].map((chip) => [chain, precision, chip] as const)));

  test.each(cases)('%s, %s, %s', async (chain, precision, chip) => {
    const feeds = feedsOf(input, 4);
    const { result: { artifact }, job } = await convert(temporary(), fixture('exports', 'plain_clip_x2_op17.onnx'), { chain, precision, chip, feeds });
    expect(await distanceTo(artifact, job, feeds[0] as (typeof feeds)[number])).toBeLessThan(LIMITS[precision]);
  }, 120_000);
});

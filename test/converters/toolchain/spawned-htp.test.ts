import { afterAll, describe, expect, test } from 'vitest';
import { compileForHtp, htpExecutor, type HtpToolchain, openHtpToolchain } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { htpMissing, htpToolchain } from '../../support/htp.ts';
import { readNpy } from '../../support/npy.ts';
import { fixture } from '../../support/paths.ts';

const model = fixture('exports', 'plain_prelu_x2_op13.onnx');
const { soc } = resolveSoc('SM8550');

/** Windows cannot fork: there each job is a new process, which imports the libraries itself. */
describe.skipIf(!htpToolchain)(`HTP jobs in spawned processes${htpMissing}`, () => {
  const forked = htpToolchain as HtpToolchain;
  const spawned = openHtpToolchain({ ...process.env, DYNO_SPAWN: '1' }) as HtpToolchain;
  afterAll(() => Promise.all([forked, spawned].map((toolchain) => toolchain?.close())));

  test('the same report, memory included', async () => {
    const [one, other] = await Promise.all([forked, spawned].map((toolchain) => compileForHtp(toolchain, { modelPath: model, soc })));
    expect({ ...other, seconds: 0, peakBytes: 0, stages: [] }).toEqual({ ...one, seconds: 0, peakBytes: 0, stages: [] });
    expect(other?.peakBytes).toBeGreaterThan(50e6);
  });

  test('the same outputs, bit for bit', async () => {
    const feed = new Map([['input', readNpy(fixture('exports', 'plain_prelu_x2_op13.input.npy'))]]);
    const [[one], [other]] = await Promise.all([htpExecutor(forked, soc).run(model, [feed]), htpExecutor(spawned, soc).run(model, [feed])]);
    expect(other).toEqual(one);
  });

  test('beyond its memory it is ended as a forked one is', async () => {
    const limited = openHtpToolchain({ ...process.env, DYNO_SPAWN: '1', DYNO_JOB_MEMORY: '60MiB' }) as HtpToolchain;
    await expect(compileForHtp(limited, { modelPath: model, soc })).rejects.toMatchObject({ kind: 'memory' });
    await limited.close();
  });
});

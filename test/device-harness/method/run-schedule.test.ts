import { describe, expect, it } from 'vitest';
import type { FinishedBlock } from '../../../device-harness/devices/device.ts';
import { blockMedian, pairMedians, runSchedule } from '../../../device-harness/index.ts';
import type { DynoEvent } from '../../../models/contracts/events.ts';
import type { Measurement } from '../../../models/contracts/records.ts';
import { Prng } from '../../../models/run/prng.ts';
import { planOf, reportOf, ScriptedDevice } from './scripted-device.ts';

const gate = [{ base: 'a', candidate: 'b', maxIncrease: 0.05 }];
const silent = { emit: () => undefined };

/** Times of `a` and `b` = a × ratio, with noise per block that both of a pair do not share. */
function noisy(ratio: number, noise: number, seed = 1): ScriptedDevice {
  const prng = new Prng(seed);
  return new ScriptedDevice((spec) => reportOf(spec, (spec.variant === 'b' ? 10 * ratio : 10) * Math.exp(noise * prng.normal())));
}

describe('adaptive rounds', () => {
  it.each([
    ['no change', 1, 'ok'],
    ['+15 %', 1.15, 'regressed'],
  ])('%s is decided in the fewest rounds', async (_, ratio) => {
    const { measurements, stopped } = await runSchedule(noisy(ratio as number, 0.005), planOf(['a', 'b'], { pairings: gate }), silent);
    expect(measurements.map((m) => m.blocks.length)).toEqual([5, 5]);
    expect(stopped).toEqual({ x: 'decided after 5 rounds' });
  });

  it('takes all rounds for a change on the line and says what stayed open', async () => {
    const { measurements, stopped } = await runSchedule(noisy(1.05, 0.03), planOf(['a', 'b'], { pairings: gate, maxRounds: 7 }), silent);
    expect(measurements.map((m) => m.blocks.length)).toEqual([7, 7]);
    expect(stopped).toEqual({ x: 'b against a is inconclusive after all 7 rounds' });
  });

  it('without a gate goes on until the ratio is known well enough', async () => {
    const pairings = [{ base: 'a', candidate: 'b', maxIncrease: null }];
    const wide = await runSchedule(noisy(1.3, 0.02, 9), planOf(['a', 'b'], { pairings, maxRounds: 40 }), silent);
    const narrow = await runSchedule(noisy(1.3, 0.02, 9), planOf(['a', 'b'], { pairings, maxRounds: 40, precision: 0.1 }), silent);
    expect(wide.measurements[0]?.blocks.length).toBeGreaterThan(5);
    expect(wide.measurements[0]?.blocks.length).toBeLessThan(40);
    expect(narrow.measurements[0]?.blocks.length).toBe(5);
  });

  it('without any pairing goes on until each time is known well enough', async () => {
    const { stopped } = await runSchedule(noisy(1, 0.1), planOf(['a'], { maxRounds: 6 }), silent);
    expect(stopped.x).toMatch(/^a is known to ±\d+\.\d % after all 6 rounds$/);
  });

  it('stops one unit and goes on with another', async () => {
    const prng = new Prng(2);
    const device = new ScriptedDevice((spec) => reportOf(spec, 10 * Math.exp((spec.unit === 'y' ? 0.2 : 0.001) * prng.normal())));
    const { measurements } = await runSchedule(device, planOf(['a', 'b'], { units: ['x', 'y'], pairings: gate, maxRounds: 8 }), silent);
    expect(measurements.map((m) => [m.unit, m.variant, m.blocks.length])).toEqual([
      ['x', 'a', 5],
      ['x', 'b', 5],
      ['y', 'a', 8],
      ['y', 'b', 8],
    ]);
  });
});

describe('pairs', () => {
  it('cancel what a round shares', async () => {
    const device = new ScriptedDevice((spec) => reportOf(spec, 10 * 1.5 ** spec.round * (spec.variant === 'b' ? 1.02 : 1)));
    const { measurements } = await runSchedule(device, planOf(['a', 'b'], { pairings: gate }), silent);
    const [a, b] = measurements as [Measurement, Measurement];
    const pairs = pairMedians(a.blocks, b.blocks);
    expect(pairs.base).toEqual(a.blocks.map(blockMedian));
    pairs.base.forEach((ms, i) => expect((pairs.candidate[i] as number) / ms).toBeCloseTo(1.02, 6));
  });

  it('are of one round also when a block is missing', async () => {
    const device = new ScriptedDevice((spec) =>
      spec.variant === 'b' && spec.round === 1 ? { ok: false, spec, message: 'lost', output: '' } : reportOf(spec, 10 * 2 ** spec.round),
    );
    const { measurements } = await runSchedule(device, planOf(['a', 'b'], { maxRounds: 5 }), silent);
    const [a, b] = measurements as [Measurement, Measurement];
    expect(pairMedians(a.blocks, b.blocks)).toMatchObject({ base: [expect.closeTo(10, 2)], candidate: [expect.closeTo(10, 2)] });
    const withoutRounds = (m: Measurement) => m.blocks.map(({ round: _, ...block }) => block);
    expect(pairMedians(withoutRounds(a), withoutRounds(b)).base).toHaveLength(1);
  });
});

describe('disturbed blocks', () => {
  it('are measured again at once, kept and said', async () => {
    const device = new ScriptedDevice((spec, nth) => reportOf(spec, nth === 2 ? 99 : 10, nth === 2 ? 'a phone call' : undefined));
    const events: DynoEvent[] = [];
    const { measurements } = await runSchedule(device, planOf(['a', 'b'], { pairings: gate }), { emit: (event) => events.push(event) });
    expect(device.asked).toHaveLength(11);
    expect(device.asked[3]).toEqual(device.asked[2]);
    const hit = measurements.find((m) => m.replaced) as Measurement;
    expect(hit.replaced?.map(blockMedian)).toEqual([expect.closeTo(99, 0)]);
    expect(hit.blocks.map((b) => Math.round(blockMedian(b)))).toEqual([10, 10, 10, 10, 10]);
    expect(hit.warnings).toEqual(['1 block was measured again: a phone call.']);
    expect(events.filter((e) => e.type === 'warning').map((e) => e.code)).toEqual(['block-disturbed']);
  });

  it('stay, with a warning, when no repeats are left', async () => {
    const device = new ScriptedDevice((spec) => reportOf(spec, 10, 'a loud neighbour'));
    const { measurements } = await runSchedule(device, planOf(['a'], { maxRepeats: 2 }), silent);
    expect(device.asked).toHaveLength(7);
    expect(measurements[0]?.warnings).toContain('5 of 5 blocks were disturbed: a loud neighbour.');
    expect(measurements[0]?.replaced).toHaveLength(2);
  });

  it('are measured three times at most', async () => {
    const device = new ScriptedDevice((spec, nth) => reportOf(spec, 10 + nth, spec.round === 1 ? 'a loud neighbour' : undefined));
    const { measurements } = await runSchedule(device, planOf(['a'], { minRounds: 2, maxRounds: 2 }), silent);
    expect(device.asked.map((spec) => spec.round)).toEqual([0, 1, 1, 1]);
    expect(measurements[0]?.blocks.map((b) => Math.round(blockMedian(b)))).toEqual([10, 13]);
    expect(measurements[0]?.replaced?.map((b) => Math.round(blockMedian(b)))).toEqual([11, 12]);
  });

  it('are recognised by their drift', async () => {
    const device = new ScriptedDevice((spec, nth) => {
      const report = reportOf(spec, 10) as FinishedBlock;
      return nth === 0 ? { ...report, block: { ...report.block, samples: Array.from({ length: 30 }, (_, i) => 10 + i / 10) } } : report;
    });
    const { measurements } = await runSchedule(device, planOf(['a']), silent);
    expect(measurements[0]?.replaced?.[0]?.disturbed).toBe('the times rose by 19 % within the block');
  });
});

describe('failures', () => {
  it('give a variant up on a unit after two, the rest goes on', async () => {
    const device = new ScriptedDevice((spec) =>
      spec.variant === 'b' ? { ok: false, spec, message: 'crashed', output: 'SIGSEGV' } : reportOf(spec, 10),
    );
    const { measurements, failures } = await runSchedule(
      device,
      planOf(['a', 'b', 'c'], { pairings: [{ base: 'a', candidate: 'c', maxIncrease: 0.05 }] }),
      silent,
    );
    expect(measurements.map((m) => [m.variant, m.blocks.length])).toEqual([
      ['a', 5],
      ['c', 5],
    ]);
    expect(failures.map((f) => f.message)).toEqual(['crashed', 'crashed']);
  });

  it('of every block are an error', async () => {
    const device = new ScriptedDevice((spec) => ({ ok: false, spec, message: 'no such op', output: 'trace' }));
    await expect(runSchedule(device, planOf(['a', 'b']), silent)).rejects.toMatchObject({
      name: 'ExternalError',
      message: expect.stringContaining('no such op'),
      output: 'trace',
    });
    expect(device.asked).toHaveLength(4);
  });

  it('in a plan are said before anything runs', async () => {
    const device = noisy(1, 0);
    await expect(runSchedule(device, planOf(['a', 'a']), silent)).rejects.toThrow(/same name/);
    await expect(runSchedule(device, planOf(['a'], { pairings: gate }), silent)).rejects.toThrow(/no variant "b"/);
    await expect(runSchedule(device, planOf([]), silent)).rejects.toThrow(/at least one model/);
    expect(device.asked).toEqual([]);
  });
});

describe('resume', () => {
  it.each([1, 3, 8, 13])('after %i blocks measures only the rest and ends with the same record', async (kill) => {
    const plan = planOf(['a', 'b'], { units: ['x', 'y'], pairings: gate });
    const answer = (spec: { order: number; variant: string }): number => 10 + spec.order * 1e-3 + (spec.variant === 'b' ? 0.1 : 0);
    const whole = await runSchedule(new ScriptedDevice((spec) => reportOf(spec, answer(spec))), plan, silent);
    const kept: FinishedBlock[] = [];
    const control = new AbortController();
    const interrupted = runSchedule(new ScriptedDevice((spec) => reportOf(spec, answer(spec))), plan, {
      ...silent,
      signal: control.signal,
      onBlock: (report) => {
        kept.push(JSON.parse(JSON.stringify(report)) as FinishedBlock);
        if (kept.length === kill) control.abort(new Error('killed'));
      },
    });
    await expect(interrupted).rejects.toThrow('killed');
    const rest = new ScriptedDevice((spec) => reportOf(spec, answer(spec)));
    const resumed = await runSchedule(rest, plan, { ...silent, finished: kept });
    expect(rest.asked).toHaveLength(20 - kill);
    expect(resumed.measurements).toEqual(whole.measurements);
  });
});

describe('driver', () => {
  it('sends batches as large as the device wants', async () => {
    const sizes: number[] = [];
    const device = new ScriptedDevice((spec) => reportOf(spec, 10), 4);
    const submit = device.submit.bind(device);
    device.submit = (batch) => {
      sizes.push(batch.blocks.length);
      return submit(batch);
    };
    await runSchedule(device, planOf(['a', 'b', 'c'], { units: ['x', 'y'], minRounds: 1, maxRounds: 1 }), silent);
    expect(sizes).toEqual([4, 2]);
  });

  it('emits each block once and progress that reaches its total', async () => {
    const events: DynoEvent[] = [];
    await runSchedule(noisy(1, 0), planOf(['a', 'b']), { emit: (event) => events.push(event) });
    expect(events.filter((e) => e.type === 'block')).toHaveLength(10);
    const progress = events.filter((e) => e.type === 'step-progress');
    expect(progress.map((e) => e.done)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(progress.every((e) => e.total === 10 && e.id === 'bench')).toBe(true);
  });

  it('waits for the device to come to rest, and no longer than allowed', async () => {
    const device = noisy(1, 0);
    let looks = 0;
    device.readiness = async () => ({ ready: ++looks % 3 === 0, thermal: null, reason: 'hot' });
    await runSchedule(device, planOf(['a'], { coolDown: { maxMs: 10_000, totalMs: 10_000, pollMs: 1 } }), silent);
    expect(looks).toBe(15);
    const events: DynoEvent[] = [];
    device.readiness = async () => ({ ready: false, thermal: null, reason: 'hot' });
    await runSchedule(device, planOf(['a'], { coolDown: { maxMs: 20, totalMs: 30, pollMs: 5 } }), { emit: (event) => events.push(event) });
    expect(events.filter((e) => e.type === 'warning').map((e) => e.text)).toEqual(['The device did not come to rest: hot.']);
  });

  it('records what the device says and what the plan was about', async () => {
    const { measurements } = await runSchedule(noisy(1, 0), planOf(['a']), silent);
    expect(measurements[0]).toMatchObject({
      variant: 'a',
      device: 'virtual:scripted',
      unit: 'x',
      effectiveUnit: 'x',
      evidence: 'simulated',
      modelSha256: 'hash of a',
      peakMemoryBytes: 1004,
      outputSha256: { y: 'same' },
      warnings: [],
    });
    expect(measurements[0]?.blocks.map((b) => b.round)).toEqual([0, 1, 2, 3, 4]);
  });
});

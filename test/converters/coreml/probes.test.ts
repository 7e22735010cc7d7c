import { describe, expect, test } from 'vitest';
import { PROBES, UNPROBED } from '../../../converters/coreml/probes/catalog.ts';
import { type ProbeNetwork, probeModel } from '../../../converters/coreml/probes/probe.ts';
import { RULES } from '../../../converters/rules/catalog.ts';
import { checkModel } from '../../../converters/rules/check.ts';
import { resolveTarget } from '../../../converters/rules/resolve-target.ts';
import { inferShapes, Model } from '../../../models/graph/index.ts';

function inferred(network: ProbeNetwork): Model {
  const model = new Model(probeModel(network));
  inferShapes(model);
  return model;
}

test('every rule of the Neural Engine has a probe, or a reason why not; none both', () => {
  const rules = RULES.map(({ id }) => id).filter((id) => id.startsWith('ane/'));
  expect([...PROBES.map(({ rule }) => rule), ...Object.keys(UNPROBED)].sort()).toEqual(rules.sort());
});

describe('each probe breaks its rule, and its control does not', () => {
  /** Rules on how a package computes or stores, or on magnitudes, which an ONNX model does not show. */
  const inThePackage = new Set(['ane/fp32', 'ane/blockwise-quantization', 'ane/half-overflow-activation', 'ane/slice-saturation']);
  test.each(PROBES.filter(({ rule }) => !inThePackage.has(rule)).map((probe) => [probe.rule, probe] as const))('%s', (rule, { probe, control, chip = 'A15' }) => {
    const fired = (network: ProbeNetwork): boolean => checkModel(inferred(network), resolveTarget(`ane:${chip}`), { precision: 'fp16' }).some((finding) => finding.rule === rule);
    expect([fired(probe), fired(control)]).toEqual([true, false]);
  });
});

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkProgram, readPackage, translate } from '../../../../converters/coreml/index.ts';
import { programGraph } from '../../../../converters/coreml/rules/program-graph.ts';
import { resolveTarget } from '../../../../converters/rules/index.ts';
import type { Finding } from '../../../../models/contracts/index.ts';
import { fixture } from '../../../support/paths.ts';

function found(path: string, target = 'ane:A15', name = 'main'): readonly Finding[] {
  const body = readPackage(fixture(path)).program?.functions.get(name) ?? expect.fail(`no function ${name}`);
  return checkProgram(body, resolveTarget(target)).findings;
}

const rules = (path: string, target?: string): string[] => [...new Set(found(path, target).map(({ rule }) => rule))].sort();
const witness = (name: string): string => `coreml-witnesses/${name}.mlpackage`;

describe('rules on the operations of a package', () => {
  test('a clean fp16 program has no finding', () => {
    expect(found('coreml-packages/plain.mlpackage')).toEqual([]);
    expect(found('coreml-packages/image.mlpackage')).toEqual([]);
  });

  test('a program in fp32 stays off the engine, and says so once', () => {
    expect(rules('coreml-packages/fp32.mlpackage')).toEqual(['ane/fp32']);
  });

  test('an operation left in fp32 is named, by the program\'s own words', () => {
    expect(found('coreml-packages/islands.mlpackage')).toMatchObject([{ rule: 'ane/fp32-island', node: 'island', opType: 'exp', severity: 'blocks-unit', evidence: 'predicted' }]);
    expect(found('coreml-packages/islands.mlpackage')[0]?.reason).toMatch(/^exp computes in fp32/);
  });

  test('an image that coremltools scales in fp32 is one', () => {
    expect(found('coreml-packages/enumerated.mlpackage').filter(({ rule }) => rule === 'ane/fp32-island')).toMatchObject([{ opType: 'mul' }]);
  });

  test('flexible inputs', () => {
    expect(rules('coreml-packages/range.mlpackage')).toEqual(['ane/dynamic-shape']);
  });

  test('quantized activations before and after hardware for them', () => {
    expect(rules('coreml-packages/w8a8.mlpackage', 'ane:A15')).toEqual(['ane/w8a8-generation']);
    expect(rules('coreml-packages/w8a8.mlpackage', 'ane:"A17 Pro"')).toEqual([]);
  });

  test('scales by block are, scales by channel and palettes are not', () => {
    const blocks = found('coreml-operators/constexpr-ios18.mlpackage').filter(({ rule }) => rule === 'ane/blockwise-quantization');
    expect(blocks.length).toBe(8);
    expect(blocks.every(({ opType }) => opType === 'constexpr_blockwise_shift_scale')).toBe(true);
    expect(rules(witness('quicksrnet_small_x2_w8_iOS18'))).not.toContain('ane/blockwise-quantization');
  });

  test.each([
    ['conv_group_dilation', 'ane/dilation', 'conv', /Dilation 2/], ['attention', 'ane/linear-as-conv', 'linear', /constant weight/],
    ['cumsum', 'ane/no-path', 'cumsum', /^cumsum has no path/], ['window_partition', 'ane/transpose-width', 'transpose', /moves the last axis/],
    ['tile_repeat', 'ane/expand', 'tile', /copies data/], ['upsample_bilinear_align', 'ane/resize', 'upsample_bilinear', /align_corners/],
  ])('%s: %s', (name, rule, opType, reason) => {
    const hits = found(witness(name)).filter((finding) => finding.rule === rule);
    expect(hits.length).toBeGreaterThan(0);
    expect(hits[0]).toMatchObject({ opType });
    expect(hits[0]?.reason).toMatch(reason);
  });

  test('layer norms and GELUs of their own are not taken for written-out ones', () => {
    for (const name of ['layer_norm', 'layer_norm_channel_first', 'gelu_exact', 'gelu_tanh']) {
      expect(rules(witness(name)).filter((rule) => rule.includes('decomposed'))).toEqual([]);
    }
  });

  test('pads that grow with the family: reflection before H14', () => {
    expect(rules(witness('pad_reflect'), 'ane:A14')).toContain('ane/pad-mode');
    expect(rules(witness('pad_reflect'), 'ane:A15')).not.toContain('ane/pad-mode');
  });
});

test('every operation of all witnesses stands for one node, with the types of the program', () => {
  for (const file of readdirSync(fixture('coreml-witnesses')).filter((name) => name.endsWith('.mlpackage'))) {
    const { program } = readPackage(fixture('coreml-witnesses', file));
    const body = program?.functions.get('main') ?? expect.fail(file);
    const { model, operations } = programGraph(body);
    const computed = [...translate(program ?? expect.fail(file), 'main').values.keys()];
    for (const { name, outputs } of model.graph.nodes()) {
      expect(operations.get(name), `${file} ${name}`).toBeDefined();
      expect(outputs.every((value) => value?.type.dtype !== null && value?.type.shape !== null), `${file} ${name}`).toBe(true);
    }
    expect([...operations.keys()].filter((name) => computed.includes(name)).length).toBeGreaterThan(0);
    expect([...model.graph.nodes()].every((node) => node.isOnnx), file).toBe(true);
  }
});

import { describe, expect, test } from 'vitest';
import { REWRITES } from '../../../../converters/rewrites/catalog.ts';
import { rewriteModel } from '../../../../converters/rewrites/engine.ts';
import { recipeFor } from '../../../../converters/rewrites/recipe.ts';
import type { Precision } from '../../../../converters/rewrites/rewrite.ts';
import { resolveTarget } from '../../../../converters/rules/resolve-target.ts';
import { UserError } from '../../../../models/contracts/index.ts';
import { Model } from '../../../../models/graph/index.ts';
import { readModel } from '../../../../models/onnx/index.ts';
import { fixture } from '../../../support/paths.ts';

const PRECISIONS: readonly Precision[] = ['fp32', 'fp16', 'w8a8', 'w8a16', 'w4a8'];
/** For `--only`: what undoes another, and last resorts. */
const NEVER_UNASKED = ['permute/dcr-to-crd', 'permute/crd-to-dcr-by-conv'];
/** Refused by the engine without `--allow approximate`; in the recipe, so that the log says where leave would help. */
const WITH_LEAVE = ['form/wide-activation'];

describe.each(['host', 'ane', 'htp'])('recipe for %s', (kind) => {
  const target = resolveTarget(kind);

  test.each(PRECISIONS)('%s: known ids, once each, with a reason, safe ones only', (precision) => {
    const { steps, omitted } = recipeFor(target, precision);
    const ids = [...steps, ...omitted].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, why } of [...steps, ...omitted]) {
      expect(REWRITES.has(id), id).toBe(true);
      expect(why).not.toBe('');
    }
    for (const { id } of steps) expect(REWRITES.get(id)).toMatchObject({ face: 'same', exactness: WITH_LEAVE.includes(id) ? 'approximate' : expect.stringMatching(/^(bit|exact)$/) });
    const forgotten = [...REWRITES.values()].filter(
      ({ id, face, exactness }) => face === 'same' && exactness !== 'border' && exactness !== 'approximate' && !ids.includes(id),
    );
    expect(forgotten.map(({ id }) => id).filter((id) => !NEVER_UNASKED.includes(id))).toEqual([]);
  });

  test('folds of identities stay out for 8-bit weights, others stay in', () => {
    const ids = (precision: Precision) => recipeFor(target, precision).steps.map(({ id }) => id);
    expect(ids('fp16')).toContain('fold/skip');
    expect(ids('w8a8')).not.toContain('fold/skip');
    for (const id of ['fold/batch-norm', 'fold/serial', 'fold/parallel']) expect(ids('w8a8')).toContain(id);
  });
});

describe('policy', () => {
  const rewrite = (options: object) =>
    rewriteModel(new Model(readModel(fixture('exports', 'plain_clip_x2_op17.onnx')).proto), {
      target: resolveTarget('ane'),
      precision: 'fp16',
      verify: 'off',
      ...options,
    });

  test('CRD stays, and the log says why', async () => {
    const { log, model } = await rewrite({});
    expect(log.records).toMatchObject([{ rewrite: 'permute/crd-to-dcr', outcome: 'skipped', reason: 'pixel_shuffle of Core ML is CRD' }]);
    expect([...model.graph.nodes()].at(-1)?.attributes.string('mode')).toBe('CRD');
  });

  test('--only crd-to-dcr runs it all the same', async () => {
    const { log, model } = await rewrite({ only: ['permute/crd-to-dcr'] });
    expect(log.records).toMatchObject([{ rewrite: 'permute/crd-to-dcr', outcome: 'fired' }]);
    expect([...model.graph.nodes()].at(-1)?.attributes.string('mode')).toBe('DCR');
  });

  test('an id that is not known', async () => {
    await expect(rewrite({ only: ['crd-to-drc'] })).rejects.toThrow(UserError);
    await expect(rewrite({ skip: ['fold/skipp'] })).rejects.toMatchObject({ nextSteps: [expect.stringContaining('fold/skip')] });
  });

  test('allowing a safe class does not bring in what the recipe leaves out', async () => {
    expect((await rewrite({ allow: ['bit', 'exact'] })).log.records).toMatchObject([{ rewrite: 'permute/crd-to-dcr', outcome: 'skipped' }]);
  });
});

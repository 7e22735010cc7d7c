import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inputContract } from '../../cli/work/contract.ts';
import { openModel } from '../../cli/work/open-model.ts';
import { pictureScorer, quantizePictures } from '../../cli/work/quantize-pictures.ts';
import { compileForHtp, htpExecutor, type HtpToolchain, isOneGraph } from '../../converters/htp/index.ts';
import { type LayerPrecisions, namedLayers, type Recipe, RECIPE, Recipes, type SchemeName } from '../../converters/quantize/index.ts';
import { resolveSoc } from '../../converters/rules/index.ts';
import type { InputContract, NamedArrays, NdArray } from '../../models/contracts/index.ts';
import { writeModel } from '../../models/onnx/index.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { htpMissing, htpToolchain } from '../support/htp.ts';
import { repoRoot, sharedData } from '../support/paths.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { decibels } from './htp-acceptance-cases.ts';

const temporary = temporaryFolder();
const host = createHostExecutor({ threads: 1 });
afterAll(() => host.close());

interface Made { readonly path: string; readonly contract: InputContract; readonly feed: NamedArrays }

async function make(file: string, scheme: SchemeName, recipe: Recipe, wide: (ids: readonly string[]) => readonly string[] = () => []): Promise<Made> {
  const source = join(repoRoot, 'models/zoo/weights', `${file}.onnx`);
  const { onnx, model, close } = openModel(source);
  const contract = inputContract(model, {});
  const pictures = await quantizePictures(model, contract, { images: join(repoRoot, 'models/zoo/samples'), most: 32, size: 128 }, false);
  const recipes = new Recipes({ ...pictures, model, path: source, write: { from: onnx }, key: file, percentile: 99.99 }, { executor: host, folder: temporary('') });
  const layers: LayerPrecisions = new Map(wide(namedLayers(model).map(({ id }) => id)).map((id) => [id, 'wide']));
  const result = await recipes.quantize(scheme, recipe, layers);
  if (!result) throw new Error('the recipe finds nothing to do');
  const path = temporary(`${file}-${scheme}.onnx`);
  await writeModel(result.model.toProto(), path, { from: onnx });
  close();
  return { path, contract, feed: pictures.calibration[0] as NamedArrays };
}

describe.skipIf(!htpToolchain)(`quantized networks of the zoo on HTP${htpMissing}`, () => {
  const toolchain = htpToolchain as HtpToolchain;
  afterAll(() => toolchain.close());
  const middle = (ids: readonly string[]): readonly string[] => ids.slice(1, 3);

  test.each([
    ['quicksrnet-small-x2', 'w8a8', { ...RECIPE, equalize: 0.5 }, undefined], ['quicksrnet-small-x2', 'w8a8', RECIPE, middle], ['quicksrnet-small-x2', 'w4a8', RECIPE, undefined],
    ['ultramini-x2', 'w8a8', { ...RECIPE, equalize: 1, fold: true }, undefined], ['ultramini-x2', 'w8a16', RECIPE, undefined], ['ultramini-x2', 'w4a16', RECIPE, undefined],
  ] as const)('%s in %s, %o: one graph on v73 and v81, near what ONNX Runtime computes', async (file, scheme, recipe, wide) => {
    const { path, feed } = await make(file, scheme, recipe, wide);
    const [expected] = await host.run(path, [feed]);
    for (const chip of ['SM8550', 'SM8850']) {
      const { soc } = resolveSoc(chip);
      const report = await compileForHtp(toolchain, { modelPath: path, soc });
      expect([chip, report.failure, isOneGraph(report)]).toEqual([chip, null, true]);
      const [outputs] = await htpExecutor(toolchain, soc).run(path, [feed]);
      expect(decibels([...(expected?.values() ?? [])][0] as NdArray, [...(outputs?.values() ?? [])][0] as NdArray)).toBeGreaterThan(45);
    }
  });
});

const set5 = sharedData('images/Set5');
test.skipIf(!set5)(`QuickSRNet-small in W8A8 loses at most 0.07 dB on Set5${set5 ? '' : ' (skipped: ../shared/data/images/Set5 is not here)'}`, async () => {
  const { path, contract } = await make('quicksrnet-small-x2-dynamic', 'w8a8', { ...RECIPE, equalize: 0.5 });
  const files = ['baby', 'bird', 'butterfly', 'head', 'woman'].map((name) => join(set5 as string, 'HR', `${name}.png`));
  const scorer = pictureScorer(files, contract, host);
  const float = await scorer.score(join(repoRoot, 'models/zoo/weights/quicksrnet-small-x2-dynamic.onnx'));
  expect(float).toBeCloseTo(36.736, 1);
  expect(float - (await scorer.score(path))).toBeLessThanOrEqual(0.07);
});

import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { packageExecutor, readPackage, summariseFunction } from '../../converters/coreml/index.ts';
import { figuresOf } from '../../converters/coreml/parity/figures.ts';
import { type ProbeFiles, writeProbes } from '../../converters/coreml/probes/write-probes.ts';
import { openCoremlToolchain } from '../../converters/coreml/toolchain.ts';
import { createHostExecutor } from '../../models/run/index.ts';
import { readNpy } from '../support/npy.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const temporary = temporaryFolder();
const toolchain = openCoremlToolchain();

/** What breaks fp16 or weights on purpose, and largest values that fp16 cannot tell apart. */
const APART = new Set(['ane-arg-extent', 'ane-arg-extent.control', 'ane-half-overflow-activation', 'ane-blockwise-quantization', 'ane-blockwise-quantization.control']);

test.skipIf(toolchain instanceof Error)('all probes become packages that hold what is watched, and that compute the stored outputs here', async () => {
  if (toolchain instanceof Error) throw toolchain;
  const folder = temporary('probes');
  mkdirSync(folder);
  const host = createHostExecutor();
  try {
    const probes = await writeProbes(toolchain, host, folder, () => {});
    const problems: string[] = [];
    for (const { probe, control, watch, controlWatch } of probes) {
      problems.push(...(await problemsOf(probe, watch)), ...(await problemsOf(control, controlWatch)));
    }
    expect(problems).toEqual([]);
  } finally {
    await host.close();
    await toolchain.close();
  }

  async function problemsOf({ package: name, inputs, outputs }: ProbeFiles, watch: string): Promise<string[]> {
    const path = `${folder}/${name}`;
    const main = readPackage(path).program?.functions.get('main') ?? expect.fail();
    const { operators } = summariseFunction(main);
    if (!(watch in operators)) return [`${name} has no ${watch}, but ${Object.keys(operators).join(', ')}`];
    if (APART.has(name.replace('.mlpackage', ''))) return [];
    const feed = new Map(Object.entries(inputs).map(([feature, file]) => [feature, readNpy(`${folder}/${file}`)]));
    const [computed] = await packageExecutor(host).run(path, [feed]);
    return Object.entries(outputs).flatMap(([feature, file]) => {
      const { psnr } = figuresOf(readNpy(`${folder}/${file}`), computed?.get(feature) ?? expect.fail());
      return psnr > 50 ? [] : [`${name}: ${feature} is at ${psnr.toFixed(1)} dB`];
    });
  }
}, 600_000);

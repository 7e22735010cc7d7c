import { join } from 'node:path';
import type { NamedArrays } from '../../../models/contracts/index.ts';
import { Model } from '../../../models/graph/index.ts';
import { encodeModel } from '../../../models/onnx/index.ts';
import { type HostExecutor, seededInputs } from '../../../models/run/index.ts';
import { writeNpy } from '../../../models/run/npy.ts';
import { RULES } from '../../rules/catalog.ts';
import { convertToCoreml } from '../convert.ts';
import { applyFlexibleShapes } from '../flexible.ts';
import type { ConvertOptions } from '../options.ts';
import { raised } from '../prepare.ts';
import type { CoremlToolchain } from '../toolchain.ts';
import { PROBES } from './catalog.ts';
import { type Probe, type ProbeNetwork, probeModel, type ProbeQuestion } from './probe.ts';

/** One probe as it lies in a folder. */
export interface WrittenProbe {
  readonly rule: string;
  readonly title: string;
  /** Families (H-generations) that the rule speaks of; null is open. */
  readonly generations: readonly [number | null, number | null];
  readonly asks: ProbeQuestion;
  readonly watch: string;
  readonly controlWatch: string;
  /** Weights are compressed: the outputs are those of the model before that. */
  readonly compressed: boolean;
  readonly probe: ProbeFiles;
  readonly control: ProbeFiles;
}

/** Paths within the folder; arrays by feature, as ONNX Runtime computes the outputs. */
export interface ProbeFiles {
  readonly package: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Writes probes, all of them unless told, into a folder that is there: packages, inputs, and the outputs that they should have. */
export async function writeProbes(
  toolchain: CoremlToolchain, host: HostExecutor, folder: string, progress: (done: number, of: number, rule: string) => void, signal?: AbortSignal, probes: readonly Probe[] = PROBES,
): Promise<WrittenProbe[]> {
  const written: WrittenProbe[] = [];
  for (const [i, probe] of probes.entries()) {
    signal?.throwIfAborted();
    progress(i, probes.length, probe.rule);
    const stem = probe.rule.replace('/', '-');
    const rule = RULES.find(({ id }) => id === probe.rule);
    written.push({
      rule: probe.rule, title: rule?.title ?? '', generations: rule?.generations ?? [null, null], asks: probe.asks, watch: probe.watch, controlWatch: probe.controlWatch ?? probe.watch,
      compressed: probe.options?.weights !== undefined,
      probe: await writeOne(probe.probe, stem, probe.options, probe),
      control: await writeOne(probe.control, `${stem}.control`, probe.controlOptions ?? (probe.options?.precision ? {} : probe.options), null),
    });
  }
  return written;

  async function writeOne(network: ProbeNetwork, stem: string, options: Partial<ConvertOptions> = {}, flexed: Probe | null): Promise<ProbeFiles> {
    const proto = probeModel(network);
    const flexible = flexed?.flexible ? new Map([[Object.keys(network.inputs)[0] as string, flexed.flexible]]) : null;
    const model = new Model(proto);
    if (flexible) applyFlexibleShapes(model, flexible);
    await convertToCoreml(toolchain, raised(model.toProto()), join(folder, `${stem}.mlpackage`), { opset: 'iOS17', precision: 'fp16', weightsAbove: 0, ...options, ...(flexible ? { flexible } : {}) }, signal);
    const feed = feedOf(network, flexed?.flexible?.initial);
    const [outputs] = await host.runBytes(encodeModel(proto), [feed], signal ? { signal } : {});
    return { package: `${stem}.mlpackage`, inputs: save(feed, `${stem}.in`), outputs: save(outputs as NamedArrays, `${stem}.out`) };
  }

  function save(arrays: NamedArrays, stem: string): Record<string, string> {
    return Object.fromEntries([...arrays].map(([name, array]) => {
      const file = `${stem}.${name}.npy`;
      writeNpy(join(folder, file), array);
      return [name, file];
    }));
  }
}

function feedOf({ inputs, dtype = 'float32', magnitude = 1 }: ProbeNetwork, initial: readonly number[] | undefined): NamedArrays {
  const specs = Object.entries(inputs).map(([name, dims], i) => ({ name, dtype, dims: i === 0 && initial ? [...initial] : [...dims], range: [-magnitude, magnitude] as const }));
  return seededInputs(specs, { seed: 1, kinds: ['unit'] })[0] as NamedArrays;
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executor, InputContract, NamedArrays } from '../../../models/contracts/index.ts';
import { bindInputShapes, inferShapes, Model } from '../../../models/graph/index.ts';
import { writeModel } from '../../../models/onnx/index.ts';
import { seededInputs } from '../../../models/run/index.ts';
import { generateNetwork } from '../../../models/zoo/index.ts';
import { type CompiledFigures, compiledFigures, inFittedForm } from '../../../converters/estimate/index.ts';
import type { HtpToolchain } from '../../../converters/htp/index.ts';
import { resolveSoc } from '../../../converters/rules/index.ts';
import { PUBLISHED_NETWORKS } from './networks.ts';
import type { PublishedRow } from './published-rows.ts';

/** Side of the picture that ranges are taken from: they do not change what is compiled. */
const CALIBRATION_SIDE = 32;

/** The largest takes minutes, many of them on a busy machine. */
const LIMIT_MS = 2 * 3600 * 1000;

interface Formed {
  /** The file, its height and width open. */
  readonly path: string;
  /** The float network at the row's size. */
  readonly network: Model;
  readonly channels: number;
}

/** Makes rows' networks with seeded weights in the form of the calibration points, each once, and compiles them. */
export class RowCompiler {
  readonly #toolchain: HtpToolchain;
  readonly #executor: Executor;
  readonly #folder = mkdtempSync(join(tmpdir(), 'dyno-latency-'));
  readonly #formed = new Map<string, Promise<Formed>>();

  constructor(toolchain: HtpToolchain, executor: Executor) {
    this.#toolchain = toolchain;
    this.#executor = executor;
  }

  async compile(row: PublishedRow): Promise<CompiledFigures> {
    const { path, network, channels } = await this.#once(row);
    const { precision, height, width, chip } = row;
    const sizes = precision === 'w8a8' ? [1, height, width, channels] : [1, channels, height, width];
    return compiledFigures(this.#toolchain, { modelPath: path, soc: resolveSoc(chip).soc, timeoutMs: LIMIT_MS, static: new Map([['input', sizes]]) }, network);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #once(row: PublishedRow): Promise<Formed> {
    const key = [row.model, row.precision, row.scale, row.height, row.width].join('-');
    const formed = this.#formed.get(key) ?? this.#form(row, join(this.#folder, key));
    this.#formed.set(key, formed);
    return formed;
  }

  async #form({ model: name, scale, precision, height, width }: PublishedRow, path: string): Promise<Formed> {
    const { zoo, form } = PUBLISHED_NETWORKS[name] as (typeof PUBLISHED_NETWORKS)[string];
    const { model: proto, network: { channels } } = generateNetwork(zoo, { scale, dynamic: true, ...(form ? { form } : {}) });
    const float = `${path}-float.onnx`;
    await writeModel(proto, float);
    const open = new Model(proto);
    inferShapes(open);
    const contracts = new Map([['input', contractOf(channels)]]);
    const formed = await inFittedForm(open, { precision, executor: this.#executor, modelPath: float, feeds: [feed(channels)], contracts });
    await writeModel(formed.toProto(), `${path}.onnx`);
    const network = new Model(proto);
    bindInputShapes(network, new Map([['input', [1, channels, height, width]]]));
    return { path: `${path}.onnx`, network, channels };
  }
}

function feed(channels: number): NamedArrays {
  const spec = { name: 'input', dtype: 'float32', dims: [1, channels, CALIBRATION_SIDE, CALIBRATION_SIDE], range: [0, 1] } as const;
  return seededInputs([spec], { seed: 1, kinds: ['unit'] })[0] as NamedArrays;
}

function contractOf(channels: number): InputContract {
  return { name: 'input', kind: 'image', color: channels === 1 ? 'y' : 'rgb', range: [0, 1], mean: [0], std: [1], layout: 'NCHW', dtype: 'float32', shape: [1, channels, null, null] };
}

import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { QnnDataType } from '../../../../converters/qnn/data-types.ts';
import { ToolFailure } from '../tools/documented-tool.ts';
import type { LoadedGraph } from './loaded-graph.ts';
import type { BoundTensor, NativeTensors } from './onnx-binding.ts';
import type { ProfileLog } from './profile-log.ts';
import { bytesOf, toReals } from './raw-values.ts';

/** Writes into the output folder of a run, as far as the disk goes. */
export class ResultWriter {
  readonly #folder: string;
  readonly #native: boolean;
  #room: number;

  constructor(folder: string, native: boolean, room: number) {
    this.#folder = folder;
    this.#native = native;
    this.#room = room;
    mkdirSync(folder, { recursive: true });
  }

  /** `Result_<i>/<tensor>.raw`, float32, or `<tensor>_native.raw` in the tensor's own type. Throws ToolFailure where the disk is full. */
  outputs(index: number, outputs: readonly BoundTensor[], natives: NativeTensors): void {
    const folder = `Result_${index}`;
    mkdirSync(join(this.#folder, folder), { recursive: true });
    for (const tensor of outputs) {
      const bytes = natives.get(tensor.name) as Uint8Array;
      if (this.#native) this.file(join(folder, `${fileName(tensor.name)}_native.raw`), bytes);
      else this.file(join(folder, `${fileName(tensor.name)}.raw`), bytesOf(Float32Array.from(toReals(bytes, tensor))));
    }
  }

  /** The log of a run, and the name that stands for the last one. */
  profile(log: ProfileLog): void {
    this.file('qnn-profiling-data_0.log', `${JSON.stringify(log)}\n`);
    const link = join(this.#folder, 'qnn-profiling-data.log');
    if (!existsSync(link)) symlinkSync('qnn-profiling-data_0.log', link);
  }

  file(name: string, content: Uint8Array | string): void {
    const bytes = Buffer.from(content);
    writeFileSync(join(this.#folder, name), bytes.subarray(0, Math.max(0, this.#room)));
    this.#room -= bytes.length;
    if (this.#room < 0) throw new ToolFailure(`Failed to write ${name}: No space left on device`);
  }
}

/** Names of files are identifiers, whatever the tensor is called. */
function fileName(name: string): string {
  return name.replace(/[^A-Za-z0-9_]/g, '_');
}

/** `execution_metadata.yaml`. */
export function executionMetadata({ name, inputs, outputs }: LoadedGraph, inferences: number): string {
  const tensors = (list: readonly BoundTensor[]): string[] =>
    list.flatMap((tensor) => [`  - tensor_name: ${fileName(tensor.name)}`, `    datatype: ${typeName(tensor.type)}`, `    dimensions: [${tensor.dims.join(', ')}]`]);
  return [`inferences_completed: ${inferences}`, `graph_name: ${name}`, 'input_tensors:', ...tensors(inputs), 'output_tensors:', ...tensors(outputs), ''].join('\n');
}

function typeName(type: QnnDataType): string {
  const [, kind, bits] = /^([a-z]+)-?(\d+)$/.exec(type) as unknown as [string, string, string];
  return `QNN_DATATYPE_${kind.toUpperCase()}${kind.endsWith('fixed') ? '_POINT' : ''}_${bits}`;
}

import { closeSync, ftruncateSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  cloneMessage,
  type GraphProto,
  isExternal,
  readModel,
  type TensorProto,
  tensorBytes,
  writeModel,
} from '../../models/onnx/index.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const at = temporaryFolder();

const TENSOR = 2 ** 30;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}

const prefix = (field: number, length: number): Buffer => Buffer.concat([varint(field * 8 + 2), varint(length)]);

/** A model file with tensors of 1 GiB, zeros but for their last byte, without writing the zeros (a sparse file). */
function sparseModel(path: string, tensors: number): void {
  const head = (name: string): Buffer =>
    Buffer.concat([
      Buffer.from([0x08]),
      varint(TENSOR),
      Buffer.from([0x10, 2]),
      prefix(8, name.length),
      Buffer.from(name),
      prefix(9, TENSOR),
    ]);
  const each = Array.from({ length: tensors }, (_, i) => {
    const inner = head(`w${i}`);
    return Buffer.concat([prefix(5, inner.length + TENSOR), inner]);
  });
  const graphLength = each.reduce((sum, bytes) => sum + bytes.length + TENSOR, 0);
  const file = openSync(path, 'w');
  let end = writeSync(file, Buffer.concat([Buffer.from([0x08, 8]), prefix(7, graphLength)]), 0, undefined, 0);
  each.forEach((bytes, i) => {
    end += writeSync(file, bytes, 0, bytes.length, end) + TENSOR;
    writeSync(file, Buffer.from([i + 1]), 0, 1, end - 1);
  });
  end += writeSync(file, Buffer.from([0x42, 2, 0x10, 17]), 0, 4, end);
  ftruncateSync(file, end);
  closeSync(file);
}

const lastByte = (tensor: TensorProto): number => tensorBytes(tensor)[TENSOR - 1] as number;

describe('models around 2 GiB', () => {
  it('just below is saved inline', { timeout: 120_000 }, async () => {
    sparseModel(at('in.onnx'), 1);
    const model = readModel(at('in.onnx'));
    const report = await writeModel(cloneMessage(model.proto, { producerName: 'edited' }), at('out.onnx'), { from: model });
    expect([report.dataFiles.length, statSync(at('out.onnx')).size]).toEqual([0, statSync(at('in.onnx')).size + 8]);
    model.close();
    rmSync(at('in.onnx'));
    const written = readModel(at('out.onnx'));
    expect(lastByte(written.proto.graph?.initializer?.[0] as TensorProto)).toBe(1);
    written.close();
  });

  it('beyond it is read, and saved with a data file', { timeout: 300_000 }, async () => {
    sparseModel(at('in.onnx'), 3);
    const before = process.memoryUsage().rss;
    const model = readModel(at('in.onnx'));
    const report = await writeModel(model.proto, at('out.onnx'), { from: model });
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 2 ** 20);
    expect(report.notes[0]).toContain('in out.onnx.data beside it');
    expect(report.dataFiles).toEqual([{ path: at('out.onnx.data'), bytes: 3 * TENSOR, how: 'written' }]);
    model.close();
    rmSync(at('in.onnx'));
    const written = readModel(at('out.onnx'));
    const tensors = (written.proto.graph as GraphProto).initializer ?? [];
    expect(tensors.every(isExternal)).toBe(true);
    expect(lastByte(tensors[2] as TensorProto)).toBe(3);
    written.close();
    expect(readdirSync(at()).sort()).toEqual(['out.onnx', 'out.onnx.data']);
  });
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CHILDREN, PAYLOAD_FIELDS } from '../../../models/onnx/schema.ts';
import { repoRoot } from '../../support/paths.ts';

const room = join(repoRoot, 'models/onnx');

it('the committed codec is what the pinned schema generates', () => {
  const folder = mkdtempSync(join(tmpdir(), 'dyno-codec-'));
  try {
    execFileSync(process.execPath, [join(room, 'generate.mjs'), folder]);
    for (const name of ['onnx-ml.js', 'onnx-ml.d.ts']) {
      expect(readFileSync(join(folder, name), 'utf8') === readFileSync(join(room, 'generated', name), 'utf8'), name).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** Fields of the messages of onnx-ml.proto, from its text. */
function readFields(): { message: string; type: string; name: string; number: number }[] {
  const text = readFileSync(join(room, 'onnx-ml.proto'), 'utf8').replaceAll(/\/\/.*$/gm, '');
  return [...text.matchAll(/^message (\w+) \{(.*?)^\}/gms)].flatMap(([, message, body]) =>
    [...(body as string).matchAll(/(?:optional|repeated) (\w+) (\w+) = (\d+)/g)].map(([, type, name, number]) => ({
      message: message as string,
      type: type as string,
      name: name as string,
      number: Number(number),
    })),
  );
}

it('the scanner knows every way to a tensor, and no other', () => {
  const fields = readFields();
  expect(fields.length).toBeGreaterThan(100);
  const reaching = new Set(['TensorProto']);
  for (let before = 0; before < reaching.size; ) {
    before = reaching.size;
    for (const field of fields) if (reaching.has(field.type)) reaching.add(field.message);
  }
  const expected = Object.fromEntries(
    [...reaching].map((message) => [
      message,
      Object.fromEntries(fields.filter((f) => f.message === message && reaching.has(f.type)).map((f) => [f.number, f.type])),
    ]),
  );
  expect(CHILDREN).toEqual(expected);
  const data = fields.filter((f) => f.message === 'TensorProto' && /^(raw|float|int32|int64|double|uint64)_data$/.test(f.name));
  expect(PAYLOAD_FIELDS).toEqual(new Set(data.map((f) => f.number)));
});

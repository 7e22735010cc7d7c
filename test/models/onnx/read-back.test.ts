import { readFileSync, writeFileSync } from 'node:fs';
import onnxProto from 'onnx-proto';
import { describe, expect, it } from 'vitest';
import { BugError } from '../../../models/contracts/errors.ts';
import { compareMessages } from '../../../models/onnx/compare-messages.ts';
import { encodeInPieces } from '../../../models/onnx/encode.ts';
import { cloneMessage, encodeModel, type GraphProto, type ModelProto, readModel } from '../../../models/onnx/index.ts';
import { readBack } from '../../../models/onnx/read-back.ts';
import { nodeSuiteSample } from '../../support/node-suite.ts';
import { fixture } from '../../support/paths.ts';
import { temporaryFolder } from '../../support/temp-folder.ts';

const at = temporaryFolder();
const { proto } = readModel(fixture('exports', 'vap_block_dynamo.onnx'));
const graph = proto.graph as GraphProto;

/** Writes `written` and reads it back as if `meant` had been. */
async function check(meant: ModelProto, written: Uint8Array): Promise<void> {
  writeFileSync(at('m.onnx'), written);
  await readBack(at('m.onnx'), meant, encodeInPieces(meant));
}

describe('a written model', () => {
  it('passes when it is what was meant', async () => {
    await check(proto, encodeModel(proto));
    for (const { modelPath } of nodeSuiteSample()) await check(readModel(modelPath).proto, readFileSync(modelPath));
  });

  it.each<[string, () => ModelProto]>([
    ['.producerName', () => cloneMessage(proto, { producerName: 'pytorcH' })],
    ['.irVersion', () => cloneMessage(proto, { irVersion: Number(proto.irVersion) + 1 })],
    [
      '.graph.node[1].input[0]',
      () => editNode(1, (n) => cloneMessage(n, { input: n.input?.map((x, i) => (i === 0 ? `${x.slice(0, -1)}?` : x)) ?? [] })),
    ],
    ['.graph.node[2].opType', () => editNode(2, (n) => cloneMessage(n, { opType: 'X'.repeat(n.opType?.length ?? 0) }))],
  ])('of which %s is another is refused', async (path, edit) => {
    await expect(check(proto, encodeModel(edit()))).rejects.toThrow(`reads back differently through onnx-proto at model${path}`);
  });

  it('of another size, or with a payload in another place, is refused', async () => {
    await expect(check(proto, Buffer.concat([encodeModel(proto), Buffer.alloc(2)]))).rejects.toThrow(BugError);
    const large = (docString: string): ModelProto =>
      cloneMessage(proto, {
        graph: cloneMessage(graph, {
          initializer: [{ name: 'w', docString, dataType: 2, dims: [40_000], rawData: new Uint8Array(40_000) }],
        }),
      });
    const moved = cloneMessage(large('abc'), { producerName: `${proto.producerName}xyz` });
    await expect(check(large('abcxyz'), encodeModel(moved))).rejects.toThrow('holds 0 of 1 large tensors in their places');
  });
});

function editNode(
  index: number,
  edit: (node: NonNullable<GraphProto['node']>[number]) => NonNullable<GraphProto['node']>[number],
): ModelProto {
  return cloneMessage(proto, { graph: cloneMessage(graph, { node: (graph.node ?? []).map((n, i) => (i === index ? edit(n) : n)) }) });
}

describe('comparison with a decoder of an older schema', () => {
  const none: ReadonlySet<object> = new Set();
  const throughOld = (message: ModelProto): object => onnxProto.onnx.ModelProto.decode(encodeModel(message));
  const compare = (meant: ModelProto, found: ModelProto) => compareMessages(meant, throughOld(found), none);

  it('passes over what that does not know', () => {
    const newer = cloneMessage(proto, {
      graph: cloneMessage(graph, { metadataProps: [{ key: 'k', value: 'v' }], node: [{ opType: 'F', overload: 'o' }] }),
    });
    expect(compare(newer, newer)).toBeNull();
  });

  it('finds what is missing and what is more', () => {
    const fewer = cloneMessage(proto, { metadataProps: [] });
    const more = cloneMessage(proto, { metadataProps: [{ key: 'a', value: 'b' }] });
    expect(compare(more, fewer)?.path).toBe('.metadataProps');
    expect(compare(fewer, more)?.path).toBe('.metadataProps');
    expect(compare({ irVersion: 8 }, { irVersion: 8, domain: 'd' })).toEqual({ path: '.domain', meant: 'nothing', found: '"d"' });
  });

  it('compares numbers as they are stored', () => {
    const attribute = (fields: object): ModelProto => ({ graph: { node: [{ attribute: [{ name: 'a', ...fields }] }] } });
    const same: [object, object][] = [
      [{ f: 0.1 }, { f: 0.1 }],
      [{ f: Number.NaN }, { f: Number.NaN }],
      [{ i: -1 }, { i: -1 }],
      [{ ints: [2 ** 52, -(2 ** 40)] }, { ints: [2 ** 52, -(2 ** 40)] }],
      [{ s: null }, {}],
    ];
    for (const [meant, found] of same) expect(compare(attribute(meant), attribute(found))).toBeNull();
    const different: [object, object, string][] = [
      [{ f: 0.1 }, { f: 0.1000001 }, 'f'],
      [{ f: 0 }, { f: -0.5 }, 'f'],
      [{ i: 2 ** 40 }, { i: 2 ** 40 + 1 }, 'i'],
      [{ ints: [1, 2] }, { ints: [1, 3] }, 'ints[1]'],
      [{ ints: [1] }, { ints: [1, 1] }, 'ints'],
      [{ s: Buffer.from('ab') }, { s: Buffer.from('ac') }, 's'],
      [{ t: { dims: [1] } }, {}, 't'],
      [{}, { t: { dims: [1] } }, 't'],
    ];
    for (const [meant, found, where] of different)
      expect(compare(attribute(meant), attribute(found))?.path, where).toBe(`.graph.node[0].attribute[0].${where}`);
  });
});

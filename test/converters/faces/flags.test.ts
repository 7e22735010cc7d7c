import { describe, expect, it } from 'vitest';
import { adapterText, parseAdapterFiles, parseFaceRequests } from '../../../converters/faces/index.ts';
import { UserError } from '../../../models/contracts/index.ts';
import { convModel, face } from './apply.ts';

describe('flags', () => {
  it('are read in the order of work', () => {
    expect(
      parseFaceRequests({
        static: ['x=1x3x?x8'],
        cutFrom: ['a', 'b=1x3x4', 'c=d'],
        cutAt: ['b'],
        hoistInput: true,
        embedNorm: 'img=0.5,0.4,0.3/0.2',
        face: 'uint8=-1..1,nhwc',
      }),
    ).toEqual([
      { kind: 'static', shapes: new Map([['x', [1, 3, null, 8]]]) },
      { kind: 'cut-from', tensor: 'a' },
      { kind: 'cut-from', tensor: 'b', shape: [1, 3, 4] },
      { kind: 'cut-from', tensor: 'c=d' },
      { kind: 'cut-at', tensor: 'b' },
      { kind: 'hoist-input' },
      { kind: 'embed-norm', input: 'img', mean: [0.5, 0.4, 0.3], std: [0.2] },
      { kind: 'nhwc' },
      { kind: 'uint8', outputRange: [-1, 1] },
    ]);
    expect(parseFaceRequests({})).toEqual([]);
    expect(parseFaceRequests({ hoistInput: 'x', face: '' })).toEqual([{ kind: 'hoist-input', input: 'x' }]);
  });

  it.each([
    { embedNorm: '0.5' },
    { embedNorm: '0.5/0' },
    { embedNorm: '0.5/a' },
    { embedNorm: '=0.5/1' },
    { face: 'int8' },
    { face: 'nhwc=0..1' },
    { face: 'uint8=1..0' },
    { static: ['x'] },
  ])('%o is no request', (flags) => {
    expect(() => parseFaceRequests(flags)).toThrow(UserError);
  });

  it('name files for adapters', () => {
    expect(parseAdapterFiles('ts=a/b.ts, c=x=y.c,json=s.json')).toEqual([
      { form: 'typescript', path: 'a/b.ts' },
      { form: 'c', path: 'x=y.c' },
      { form: 'json', path: 's.json' },
    ]);
    for (const text of ['java=a', 'ts', 'ts=', '=a']) expect(() => parseAdapterFiles(text)).toThrow(UserError);
    const spec = { version: 1, inputs: [], outputs: [] } as const;
    expect(JSON.parse(adapterText(spec, 'json'))).toEqual(spec);
  });

  it('without any, there is nothing to do', async () => {
    await expect(face(convModel([0, 0, 0, 0]), [])).rejects.toThrow(UserError);
  });
});

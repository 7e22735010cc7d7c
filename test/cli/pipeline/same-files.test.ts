import { expect, test } from 'vitest';
import { sameFiles } from '../../../cli/pipeline/same-files.ts';

test('of variants with the same bytes the first one counts', () => {
  const same = sameFiles([{ id: 'a', sha256: '1' }, { id: 'b', sha256: '2' }, { id: 'c', sha256: '1' }, { id: 'd', sha256: '2' }, { id: 'e', sha256: '3' }]);
  expect([...same]).toEqual([['c', 'a'], ['d', 'b']]);
});

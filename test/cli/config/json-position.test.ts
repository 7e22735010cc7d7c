import { expect, test } from 'vitest';
import { locate } from '../../../cli/config/json-position.ts';

const json = `{
  "a": [1, {"x": "}]\\"", "y": {"deep": [true, null]}}, 3],
  "b\\u0020c": {
    "d" : -1.5e3
  }
}`;

test.each([
  [[], 1, 1],
  [['a'], 2, 3],
  [['a', 0], 2, 9],
  [['a', 1], 2, 12],
  [['a', 1, 'x'], 2, 13],
  [['a', 1, 'y', 'deep', 1], 2, 47],
  [['a', 2], 2, 56],
  [['b c', 'd'], 4, 5],
  [['b c'], 3, 3],
])('%j is at line %i, column %i', (path, line, column) => {
  expect(locate(json, path)).toEqual({ line, column });
});

test('what is not there is placed at its nearest parent', () => {
  expect(locate(json, ['b c', 'missing', 'deeper'])).toEqual(locate(json, ['b c']));
  expect(locate('[]', [3])).toEqual({ line: 1, column: 1 });
});

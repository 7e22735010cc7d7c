import protobuf from 'protobufjs/minimal.js';
import { DEEPEST_NESTING } from './schema.ts';

/** Runs a decoder or encoder with protobufjs' nesting limit (100, reached by an If nested 33 deep) raised to ours. */
export function withDeepNesting<T>(action: () => T): T {
  const before = [protobuf.Reader.recursionLimit, protobuf.util.recursionLimit] as const;
  protobuf.Reader.recursionLimit = protobuf.util.recursionLimit = DEEPEST_NESTING;
  try {
    return action();
  } finally {
    [protobuf.Reader.recursionLimit, protobuf.util.recursionLimit] = before;
  }
}

import { CHILDREN, DEEPEST_NESTING, type MessageName, PAYLOAD_FIELDS } from './schema.ts';
import type { Window } from './window.ts';

/** The bytes are no well-formed Protocol Buffers message. `at` is the file offset. */
class WireError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(`${message} at byte ${at}`);
    this.at = at;
  }
}

/** A length prefix that changes when payloads are left out: the payload's own (`payload`), or that of a message around it. */
export interface Cut {
  /** File offset and width of the length prefix. */
  readonly at: number;
  readonly width: number;
  /** Length without the payloads inside. */
  readonly length: number;
  /** Bytes left out right after the prefix; 0 for a message around a payload. */
  readonly payload: number;
}

/** Decides which payloads are left out, by file offset and length. */
export type LeaveOut = (offset: number, length: number) => boolean;

/**
 * Walks a serialised model and finds the payloads of its tensors, wherever they are: initializers, attributes, subgraphs, functions, sparse
 * and training parts. Reads structure only; messages smaller than `smallest` are stepped over. Cuts come in file order.
 * Throws WireError.
 */
export function scanPayloads(window: Window, smallest: number, leaveOut: LeaveOut): Cut[] {
  const scanner = new Scanner(window, smallest, leaveOut);
  scanner.message('ModelProto', 0, window.size, 0);
  return scanner.cuts;
}

class Scanner {
  readonly cuts: Cut[] = [];
  readonly #window: Window;
  readonly #smallest: number;
  readonly #leaveOut: LeaveOut;
  #at = 0;

  constructor(window: Window, smallest: number, leaveOut: LeaveOut) {
    this.#window = window;
    this.#smallest = smallest;
    this.#leaveOut = leaveOut;
  }

  /** Scans `[start, end)` and returns how many bytes shorter it gets. */
  message(name: MessageName, start: number, end: number, depth: number): number {
    if (depth > DEEPEST_NESTING) throw new WireError(`messages nested deeper than ${DEEPEST_NESTING}`, start);
    this.#at = start;
    if (name === 'TensorProto') return this.#tensor(end, depth);
    const children = CHILDREN[name];
    let saved = 0;
    this.#fields(end, depth, (field, at, body, length) => {
      const child = children[field];
      if (child && length >= this.#smallest) saved += this.#child(child, { at, width: body - at, length, payload: 0 }, depth);
    });
    return saved;
  }

  #child(name: MessageName, cut: Cut, depth: number): number {
    const index = this.cuts.push(cut) - 1;
    const body = cut.at + cut.width;
    const saved = this.message(name, body, body + cut.length, depth + 1);
    if (saved === 0) this.cuts.length = index;
    else this.cuts[index] = { ...cut, length: cut.length - saved };
    return saved;
  }

  /** Payloads of one tensor. A field given in several pieces is left as it is: the pieces belong together. */
  #tensor(end: number, depth: number): number {
    const pieces = new Map<number, number>();
    const found: { field: number; cut: Cut }[] = [];
    this.#fields(end, depth, (field, at, body, length) => {
      if (!PAYLOAD_FIELDS.has(field)) return;
      pieces.set(field, (pieces.get(field) ?? 0) + 1);
      if (this.#leaveOut(body, length)) found.push({ field, cut: { at, width: body - at, length: 0, payload: length } });
    });
    const cuts = found.filter(({ field }) => pieces.get(field) === 1).map(({ cut }) => cut);
    this.cuts.push(...cuts);
    return cuts.reduce((saved, cut) => saved + cut.width + cut.payload - 1, 0);
  }

  /**
   * Steps over the fields up to `end`, showing the length-delimited ones: field number, offset of the length prefix, of the body, length.
   */
  #fields(end: number, depth: number, visit: (field: number, at: number, body: number, length: number) => void): void {
    while (this.#at < end) {
      const tag = this.#varint(end);
      const field = Math.floor(tag / 8);
      if (field === 0) throw new WireError('field number 0', this.#at);
      if (tag % 8 !== LENGTH_DELIMITED) {
        this.#skip(field, tag % 8, end, depth);
        continue;
      }
      const at = this.#at;
      const length = this.#varint(end);
      const body = this.#at;
      if (body + length > end) throw new WireError(`a field of ${length} bytes runs over the end of its message`, at);
      visit(field, at, body, length);
      this.#at = body + length;
    }
  }

  #skip(field: number, wireType: number, end: number, depth: number): void {
    if (wireType === 0) this.#varint(end);
    else if (wireType === 1) this.#at += 8;
    else if (wireType === 5) this.#at += 4;
    else if (wireType === START_GROUP) this.#group(field, end, depth + 1);
    else throw new WireError(`wire type ${wireType}`, this.#at);
    if (this.#at > end) throw new WireError('a field runs over the end of its message', this.#at);
  }

  #group(field: number, end: number, depth: number): void {
    if (depth > DEEPEST_NESTING) throw new WireError(`messages nested deeper than ${DEEPEST_NESTING}`, this.#at);
    for (;;) {
      const tag = this.#varint(end);
      const inner = Math.floor(tag / 8);
      if (tag % 8 === END_GROUP && inner === field) return;
      if (tag % 8 === LENGTH_DELIMITED) {
        const length = this.#varint(end);
        this.#at += length;
        if (this.#at > end) throw new WireError('a field runs over the end of its message', this.#at);
      } else this.#skip(inner, tag % 8, end, depth);
    }
  }

  /** Reads a varint; exact up to 2^53, which lengths and tags never reach. */
  #varint(end: number): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.#at >= end) throw new WireError('the data ends inside a number', this.#at);
      const byte = this.#window.byte(this.#at++);
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new WireError('a number longer than ten bytes', this.#at);
  }
}

const LENGTH_DELIMITED = 2;
const START_GROUP = 3;
const END_GROUP = 4;

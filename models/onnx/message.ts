/** A shallow copy of a message with some fields changed. Unknown fields (`$unknowns`, which spread and assign lose) come along. */
export function cloneMessage<T extends object>(message: T, changes: Partial<T>): T {
  const copy = Object.assign(Object.create(Object.getPrototypeOf(message) as object) as T, message, changes);
  const unknowns = Object.getOwnPropertyDescriptor(message, '$unknowns');
  if (unknowns) Object.defineProperty(copy, '$unknowns', unknowns);
  for (const symbol of Object.getOwnPropertySymbols(message)) {
    Object.defineProperty(copy, symbol, Object.getOwnPropertyDescriptor(message, symbol) as PropertyDescriptor);
  }
  return copy;
}

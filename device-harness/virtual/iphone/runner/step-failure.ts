import type { FailureKind } from '../../../runner/index.ts';

/** A step of a batch cannot be done; the others go on. */
export class StepFailure extends Error {
  readonly kind: FailureKind;

  constructor(kind: FailureKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

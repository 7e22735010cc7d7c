/** A node that cannot be lowered: why, and what the user can do about it. */
export class Refused extends Error {
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.name = 'Refused';
    this.remedy = remedy;
  }
}

/** The refusal of what needs sizes that the model leaves open. */
export function openSize(reason: string): Refused {
  return new Refused(reason, 'Fix the shapes of the inputs: --static NAME=1x3x256x256.');
}

/** A node that cannot be lowered: why, and what the user can do about it. */
export class Refused extends Error {
  readonly remedy: string;

  constructor(reason: string, remedy: string) {
    super(reason);
    this.name = 'Refused';
    this.remedy = remedy;
  }
}

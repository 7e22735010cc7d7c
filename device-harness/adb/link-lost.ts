import { ExternalError } from '../../models/contracts/errors.ts';

/** The way to a phone is gone: unplugged, offline, or what lies between broke. The phone may come back, and what was done has to be done again. */
export class LinkLostError extends ExternalError {}

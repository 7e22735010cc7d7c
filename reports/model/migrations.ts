/** Turns a report of one format version into the next; the version number itself is set by the caller. */
export type Migration = (report: Readonly<Record<string, unknown>>) => Record<string, unknown>;

/** By the version that a step starts from. Version 1 is the first, so there is none yet. */
export const MIGRATIONS: Readonly<Record<number, Migration>> = {};

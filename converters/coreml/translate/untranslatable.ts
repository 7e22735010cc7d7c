/** Why one operation cannot be translated; the driver collects these and tells them all at once. */
export class Untranslatable extends Error {}

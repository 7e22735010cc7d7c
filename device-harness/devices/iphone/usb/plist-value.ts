/** A property list, as usbmuxd and the services of an iPhone speak it. */
export type Plist = string | number | bigint | boolean | Buffer | Date | readonly Plist[] | PlistDict;

export type PlistDict = { readonly [key: string]: Plist };

export function isDict(value: Plist | undefined): value is PlistDict {
  return typeof value === 'object' && !Array.isArray(value) && !Buffer.isBuffer(value) && !(value instanceof Date);
}

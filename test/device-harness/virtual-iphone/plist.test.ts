import { describe, expect, test } from 'vitest';
import { encodePlist, parseDict, parsePlist } from '../../../device-harness/devices/iphone/usb/plist.ts';

const VALUE = {
  HostID: 'AB-1', n: -5, big: 2 ** 40, huge: 2n ** 63n - 1n, half: 0.5, yes: true, no: false, data: Buffer.from(Array.from({ length: 20 }, (_, i) => i)),
  list: ['ä', 'x'.repeat(20), 1, []], when: new Date('2026-11-21T17:30:00Z'), dict: { 'é < & >': '' },
};

/** Python's plistlib wrote these of the same value: `plistlib.dumps(value, fmt=plistlib.FMT_BINARY)` and `FMT_XML`. */
const BINARY = Buffer.from(
  'YnBsaXN0MDDbAQIDBAUGBwgJCgsMDQ4PEhMUGRobHFZIb3N0SURTYmlnVGRhdGFUZGljdFRoYWxmVGh1Z2VUbGlzdFFuUm5vVHdoZW5TeWVzVEFCLTETAAABAAAAAABPEBQAAQIDBAUGBwgJCgsMDQ4PEBESE9EQEWcA6QAgADwAIAAmACAAPlAjP+AAAAAAAAATf/////////'
  + '+kFRYXGGEA5F8QFHh4eHh4eHh4eHh4eHh4eHh4eHh4EAGgE//////////7CDNByFkGTAAAAAkIHyYqLzQ5PkNFSE1RVl92eYiJkpugo7q8vcbH0AAAAAAAAAEBAAAAAAAAAB0AAAAAAAAAAAAAAAAAAADR', 'base64');
const XML = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>HostID</key><string>AB-1</string>
	<key>big</key><integer>1099511627776</integer>
	<key>data</key>
	<data>
	AAECAwQFBgcICQoLDA0ODxAREhM=
	</data>
	<key>dict</key><dict><key>é &lt; &amp; &gt;</key><string></string></dict>
	<key>half</key><real>0.5</real>
	<key>huge</key><integer>9223372036854775807</integer>
	<key>list</key><array><string>ä</string><string>xxxxxxxxxxxxxxxxxxxx</string><integer>1</integer><array/></array>
	<key>n</key><integer>-5</integer>
	<key>no</key><false/>
	<key>when</key><date>2026-11-21T17:30:00Z</date>
	<key>yes</key><true/>
</dict>
</plist>
`;

describe('property lists', () => {
  test('what plistlib wrote is read, in both forms', () => {
    expect(parseDict(BINARY)).toEqual(VALUE);
    expect(parseDict(Buffer.from(XML))).toEqual(VALUE);
  });

  test('what is written is read again', () => {
    expect(parsePlist(encodePlist(VALUE))).toEqual(VALUE);
    expect(parsePlist(encodePlist([]))).toEqual([]);
    expect(parsePlist(encodePlist({ left: undefined as never, kept: 'a&#10;b' }))).toEqual({ kept: 'a&#10;b' });
  });

  test.each([
    ['nothing', ''], ['cut short', XML.slice(0, 300)], ['no plist', '<html><body/></html>'], ['a value without key', '<plist><dict><string>a</string></dict></plist>'], ['no number', '<plist><integer>seven</integer></plist>'],
    ['an end without a beginning', '<plist></dict></plist>'],
  ])('%s is refused', (_, text) => {
    expect(() => parsePlist(Buffer.from(text))).toThrow(Error);
  });

  test.each([20, 45, 80, 150, 200])('a binary one of which %i bytes are left is refused', (length) => {
    expect(() => parsePlist(BINARY.subarray(0, length))).toThrow(Error);
  });

  test('one that holds itself ends', () => {
    const self = Buffer.concat([Buffer.from('bplist00'), Buffer.from([0xa1, 0x00]), Buffer.from([0x08]), Buffer.alloc(6), Buffer.from([1, 1]), word(1), word(0), word(10)]);
    expect(() => parsePlist(self)).toThrow('nested too deeply');
  });
});

function word(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

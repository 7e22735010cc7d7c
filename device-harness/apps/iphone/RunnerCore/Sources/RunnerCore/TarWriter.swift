import Foundation

/// Writes plain files as a tar archive (POSIX.1-1988, ustar) in a gzip file that does not compress: samples and outputs hardly shrink, and
/// everybody can open it. The same files give the same bytes.
struct TarWriter {
  private let file: FileHandle
  private var check = CRC32()
  private var length: UInt32 = 0

  init(_ url: URL) throws {
    try Data().write(to: url)
    file = try FileHandle(forWritingTo: url)
    try file.write(contentsOf: Data([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]))
  }

  mutating func add(_ name: String, _ source: URL) throws {
    let input = try FileHandle(forReadingFrom: source)
    defer { try? input.close() }
    let size = Int(try input.seekToEnd())
    try input.seek(toOffset: 0)
    try put(try tarHeader(name, size: size))
    var left = size
    while left > 0 {
      let piece = try pooled { try input.read(upToCount: min(1 << 20, left)) } ?? Data()
      if piece.isEmpty { throw StepError(.output, "\(name) became shorter while it was read.") }
      try put(piece)
      left -= piece.count
    }
    try put(Data(count: (512 - size % 512) % 512))
  }

  mutating func finish() throws {
    try put(Data(count: 1024))
    try file.write(contentsOf: Data([1, 0, 0, 0xff, 0xff]) + littleEndian(check.value) + littleEndian(length))
    try file.close()
  }

  /// As stored blocks of deflate, 65,535 bytes at most each.
  private mutating func put(_ data: Data) throws {
    check.update(data)
    length = length &+ UInt32(truncatingIfNeeded: data.count)
    var start = data.startIndex
    while start < data.endIndex {
      let end = min(start + 0xffff, data.endIndex)
      let count = UInt16(end - start)
      try file.write(contentsOf: Data([0, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)]))
      try file.write(contentsOf: data[start..<end])
      start = end
    }
  }

  private func littleEndian(_ value: UInt32) -> Data {
    return Data((0..<4).map { UInt8(truncatingIfNeeded: value >> UInt32(8 * $0)) })
  }
}

/// Offsets of the fields as POSIX.1-1988 has them. A long name is divided at a slash.
func tarHeader(_ name: String, size: Int) throws -> Data {
  var fields = [UInt8](repeating: 0, count: 512)
  func write(_ text: String, at start: Int) {
    for (i, byte) in text.utf8.enumerated() { fields[start + i] = byte }
  }
  func octal(_ value: Int, at start: Int, digits: Int) {
    let text = String(value, radix: 8)
    write(String(repeating: "0", count: max(0, digits - text.count)) + text, at: start)
  }
  let (prefix, own) = try divided(name)
  write(own, at: 0)
  octal(0o644, at: 100, digits: 7)
  octal(0, at: 108, digits: 7)
  octal(0, at: 116, digits: 7)
  octal(size, at: 124, digits: 11)
  octal(0, at: 136, digits: 11)
  write("        0", at: 148)
  write("ustar", at: 257)
  write("00", at: 263)
  write(prefix, at: 345)
  octal(fields.reduce(0) { $0 + Int($1) }, at: 148, digits: 6)
  fields[154] = 0
  return Data(fields)
}

private func divided(_ name: String) throws -> (prefix: String, own: String) {
  if name.utf8.count <= 100 { return ("", name) }
  let parts = name.split(separator: "/", omittingEmptySubsequences: false)
  for at in 1..<max(parts.count, 2) {
    let prefix = parts[..<at].joined(separator: "/")
    let own = parts[at...].joined(separator: "/")
    if prefix.utf8.count <= 155 && !own.isEmpty && own.utf8.count <= 100 { return (prefix, own) }
  }
  throw StepError(.output, "The name \(name) is too long for an archive.")
}

/// The checksum of gzip (ISO 3309).
struct CRC32 {
  private static let table: [UInt32] = (0..<256).map { (byte: UInt32) -> UInt32 in
    (0..<8).reduce(byte) { value, _ in value & 1 == 1 ? 0xedb8_8320 ^ (value >> 1) : value >> 1 }
  }
  private var state: UInt32 = 0xffff_ffff

  var value: UInt32 { return ~state }

  mutating func update(_ data: Data) {
    var next = state
    data.withUnsafeBytes { (bytes: UnsafeRawBufferPointer) in
      CRC32.table.withUnsafeBufferPointer { table in
        for byte in bytes { next = table[Int((next ^ UInt32(byte)) & 255)] ^ (next >> 8) }
      }
    }
    state = next
  }
}

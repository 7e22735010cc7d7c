import Foundation

/// Goes through the plain files of a tar archive (POSIX.1-1988, ustar), in little memory whatever their size.
struct TarReader {
  private static let block = 512
  private let file: FileHandle
  private let total: UInt64

  init(_ url: URL) throws {
    file = try FileHandle(forReadingFrom: url)
    total = try file.seekToEnd()
  }

  /// Calls `take` for each file with its name, its size, and a function that gives its content piece by piece (empty at the end).
  func each(_ take: (String, Int, () throws -> Data) throws -> Void) throws {
    defer { try? file.close() }
    var at: UInt64 = 0
    while true {
      try file.seek(toOffset: at)
      guard let header = try file.read(upToCount: TarReader.block), header.count == TarReader.block else { throw cutOff() }
      if header.allSatisfy({ $0 == 0 }) { return }
      let fields = [UInt8](header)
      guard let size = Int(text(fields[124..<136]), radix: 8), size >= 0 else { throw StepError(.unsupported, "The archive cannot be read.") }
      let start = at + UInt64(TarReader.block)
      guard start + UInt64(size) <= total else { throw cutOff() }
      let type = fields[156]
      if type == 0x30 || type == 0 {
        try take(name(fields), size, pieces(from: start, count: size))
      } else if type != 0x35 {
        throw StepError(.unsupported, "The archive holds something that is neither a file nor a folder.")
      }
      at = start + UInt64((size + TarReader.block - 1) / TarReader.block * TarReader.block)
    }
  }

  private func pieces(from start: UInt64, count: Int) -> () throws -> Data {
    var done = 0
    return {
      try file.seek(toOffset: start + UInt64(done))
      let piece = try file.read(upToCount: min(1 << 20, count - done)) ?? Data()
      if piece.isEmpty && done < count { throw cutOff() }
      done += piece.count
      return piece
    }
  }

  private func name(_ fields: [UInt8]) -> String {
    let prefix = text(fields[257..<262]) == "ustar" ? text(fields[345..<500]) : ""
    let own = text(fields[0..<100])
    let whole = prefix.isEmpty ? own : "\(prefix)/\(own)"
    return whole.hasPrefix("./") ? String(whole.dropFirst(2)) : whole
  }

  private func text(_ field: ArraySlice<UInt8>) -> String {
    return String(decoding: field.prefix { $0 != 0 }, as: UTF8.self).trimmingCharacters(in: .whitespaces)
  }

  private func cutOff() -> StepError {
    return StepError(.unsupported, "The archive is cut off.")
  }
}

import Foundation
#if canImport(CryptoKit)
import CryptoKit

typealias FastestSHA256 = SHA256

extension SHA256 {
  mutating func update(_ bytes: UnsafeRawBufferPointer) { update(bufferPointer: bytes) }
  func finish() -> [UInt8] { return Array(finalize()) }
}
#else
typealias FastestSHA256 = PortableSHA256
#endif

/// SHA-256 of bytes that come piece by piece: the system's own where there is one.
public struct ContentHash {
  private var state = FastestSHA256()

  public init() {}

  public mutating func update(_ data: Data) {
    data.withUnsafeBytes { state.update($0) }
  }

  /// 64 hexadecimal digits.
  public func hex() -> String {
    return hexadecimal(state.finish())
  }

  public static func hex(of data: Data) -> String {
    var hash = ContentHash()
    hash.update(data)
    return hash.hex()
  }
}

func hexadecimal(_ bytes: [UInt8]) -> String {
  let digits = Array("0123456789abcdef")
  var text = ""
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return text
}

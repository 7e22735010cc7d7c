import Foundation
#if canImport(CryptoKit)
import CryptoKit
#endif

/// SHA-256 of bytes that come piece by piece: the system's own where there is one.
public struct ContentHash {
#if canImport(CryptoKit)
  private var state = SHA256()
#else
  private var state = PortableSHA256()
#endif

  public init() {}

  public mutating func update(_ data: Data) {
    data.withUnsafeBytes { update($0) }
  }

  public mutating func update(_ bytes: UnsafeRawBufferPointer) {
#if canImport(CryptoKit)
    state.update(bufferPointer: bytes)
#else
    state.update(bytes)
#endif
  }

  /// 64 hexadecimal digits.
  public func hex() -> String {
#if canImport(CryptoKit)
    return hexadecimal(state.finalize())
#else
    return hexadecimal(state.finish())
#endif
  }

  public static func hex(of data: Data) -> String {
    var hash = ContentHash()
    hash.update(data)
    return hash.hex()
  }
}

func hexadecimal<Bytes: Sequence>(_ bytes: Bytes) -> String where Bytes.Element == UInt8 {
  let digits = Array("0123456789abcdef")
  var text = ""
  for byte in bytes {
    text.append(digits[Int(byte >> 4)])
    text.append(digits[Int(byte & 15)])
  }
  return text
}

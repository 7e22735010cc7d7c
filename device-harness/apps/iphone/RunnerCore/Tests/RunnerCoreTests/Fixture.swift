import Foundation
import XCTest
@testable import RunnerCore

/// Files that both sides test; `test/device-harness/runner/golden` makes them.
enum Fixture {
  static func folder() throws -> URL {
    return try XCTUnwrap(Bundle.module.url(forResource: "Fixtures", withExtension: nil))
  }

  static func read<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
    return try JSONDecoder().decode(type, from: Data(contentsOf: try folder().appendingPathComponent(name)))
  }
}

/// Bytes of a hexadecimal text.
func bytes(_ hex: String) -> Data {
  let digits = Array(hex.utf8).map { $0 < 0x3a ? $0 - 0x30 : $0 - 0x57 }
  return Data(stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] })
}

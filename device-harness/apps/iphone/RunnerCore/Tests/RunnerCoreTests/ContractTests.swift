import Foundation
import XCTest
@testable import RunnerCore

final class ContractTests: XCTestCase {
  /// Every golden document survives decoding and encoding with every field.
  func testGoldenDocumentsKeepEveryField() throws {
    let folder = try Fixture.folder().appendingPathComponent("contract")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    XCTAssertGreaterThan(names.count, 40)
    for name in names {
      let data = try Data(contentsOf: folder.appendingPathComponent(name))
      let again = try encodedAgain(data, as: String(name.prefix { $0 != "." }))
      XCTAssertEqual(try object(again), try object(data), name)
    }
  }

  func testAnotherVersionIsRefused() throws {
    let text = "{\"schema\":2,\"sha256\":\"00\",\"kind\":\"file\",\"name\":\"x\",\"files\":[]}"
    XCTAssertThrowsError(try JSONDecoder().decode(PartManifest.self, from: Data(text.utf8)))
    XCTAssertNoThrow(try JSONDecoder().decode(PartManifest.self, from: Data(text.replacingOccurrences(of: "2,", with: "1,").utf8)))
  }

  func testUnknownStepIsRefused() {
    let text = "{\"type\":\"dance\",\"id\":\"a\",\"model\":\"m\",\"unit\":\"ane\"}"
    XCTAssertThrowsError(try JSONDecoder().decode(Step.self, from: Data(text.utf8)))
  }

  func testGoldenBatchesPassTheCheck() throws {
    let spec = try Fixture.read(BatchSpec.self, "contract/BatchSpec.full.json")
    XCTAssertNoThrow(try spec.check(named: spec.id))
    XCTAssertThrowsError(try spec.check(named: "other"))
    var changed = spec
    changed.steps.append(spec.steps[0])
    XCTAssertThrowsError(try changed.check(named: spec.id))
    changed = spec
    changed.models.removeLast()
    XCTAssertThrowsError(try changed.check(named: spec.id))
    changed = spec
    changed.models[0].blob = "../../x"
    XCTAssertThrowsError(try changed.check(named: spec.id))
  }

  func testNamesThatBecomeFiles() {
    XCTAssertTrue(isPlainName("b-2026.11_1"))
    for name in ["", "..", ".a", "a/b", "a b", "ä", "-a", String(repeating: "a", count: 81)] { XCTAssertFalse(isPlainName(name), name) }
    XCTAssertTrue(staysInside("Data/weights/weight.bin"))
    for path in ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\\b", "a\0"] { XCTAssertFalse(staysInside(path), path) }
  }

  func testTimesAreWrittenAsTheContractSays() {
    XCTAssertEqual(timeText(Date(timeIntervalSince1970: 1_000_000_000.25)), "2001-09-09T01:46:40.250Z")
  }

  private func encodedAgain(_ data: Data, as type: String) throws -> Data {
    let decoder = JSONDecoder()
    let encoder = JSONEncoder()
    switch type {
    case "PartManifest": return try encoder.encode(decoder.decode(PartManifest.self, from: data))
    case "BatchSpec": return try encoder.encode(decoder.decode(BatchSpec.self, from: data))
    case "Status": return try encoder.encode(decoder.decode(Status.self, from: data))
    case "RunnerInfo": return try encoder.encode(decoder.decode(RunnerInfo.self, from: data))
    case "StepResult": return try encoder.encode(decoder.decode(StepResult.self, from: data))
    default: throw StepError(.internal, "no type \(type)")
    }
  }

  private func object(_ data: Data) throws -> NSDictionary {
    return try XCTUnwrap(try JSONSerialization.jsonObject(with: data) as? NSDictionary)
  }
}

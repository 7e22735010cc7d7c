import Foundation
import XCTest
@testable import RunnerCore

final class BlobTests: XCTestCase {
  private var bench: TestBench!

  override func setUpWithError() throws { bench = try TestBench() }
  override func tearDown() { bench.remove() }

  private func store() -> BlobStore { return BlobStore(files: bench.files, phone: bench.phone) }

  func testPackageIsPutTogetherAndItsPartsGo() throws {
    let hash = try bench.pushModel("0123456789abc")
    let store = self.store()
    XCTAssertFalse(store.has(hash))
    try store.assemble(hash)
    XCTAssertTrue(store.has(hash))
    let package = try store.url(hash)
    XCTAssertEqual(package.lastPathComponent, "net.mlpackage")
    XCTAssertEqual(try Data(contentsOf: package.appendingPathComponent("Data/weight.bin")), Data("0123456789abc".utf8))
    XCTAssertEqual(try Data(contentsOf: package.appendingPathComponent("Data/empty")), Data())
    XCTAssertEqual(try FileManager.default.contentsOfDirectory(atPath: bench.files.blob(hash).path), ["manifest.json"])
  }

  func testDamagedPartMustBePushedAgain() throws {
    let hash = try bench.pushModel()
    try bench.files.write(Data("xxxxx".utf8), at: bench.files.blob(hash).appendingPathComponent("part-00001"))
    try expectBlobError(hash, "damaged")
    XCTAssertFalse(bench.files.exists(bench.files.manifest(hash)))
    XCTAssertFalse(store().has(hash))
    XCTAssertEqual(try bench.pushModel(), hash)
    XCTAssertNoThrow(try store().assemble(hash))
  }

  func testShortAndMissingPartsAreNamed() throws {
    let hash = try bench.pushModel()
    try bench.files.write(Data("w".utf8), at: bench.files.blob(hash).appendingPathComponent("part-00001"))
    try expectBlobError(hash, "part-00001 of net.mlpackage has 1 bytes, and should have 5")
    try bench.pushModel()
    try FileManager.default.removeItem(at: bench.files.blob(hash).appendingPathComponent("part-00002"))
    try expectBlobError(hash, "part-00002 of net.mlpackage is missing")
    try expectBlobError(String(repeating: "0", count: 64), "not on the phone")
  }

  func testPathsThatLeaveTheFolderAreRefused() throws {
    let hash = try bench.push([("../../escaped", Data([1]))], kind: .package, name: "net.mlpackage")
    try expectBlobError(hash, "contradicts itself")
    let other = try bench.push([("x", Data([1]))], kind: .file, name: "../x")
    try expectBlobError(other, "contradicts itself")
  }

  func testOrderAndNamesOfFilesAreInTheHash() throws {
    let contents = [("a", Data([1])), ("b", Data([2]))]
    let hashes = Set([
      try bench.push(contents, kind: .package, name: "n.mlpackage"), try bench.push(contents.reversed(), kind: .package, name: "n.mlpackage"),
      try bench.push([("a", Data([1])), ("c", Data([2]))], kind: .package, name: "n.mlpackage"),
    ])
    XCTAssertEqual(hashes.count, 3)
  }

  func testAFullPhoneKeepsTheParts() throws {
    let hash = try bench.pushModel()
    bench.phone.freeBytes = 1 << 20
    XCTAssertThrowsError(try store().assemble(hash)) { XCTAssertEqual(($0 as? StepError)?.kind, .disk) }
    bench.phone.freeBytes = nil
    XCTAssertNoThrow(try store().assemble(hash))
  }

  private func expectBlobError(_ hash: String, _ text: String) throws {
    XCTAssertThrowsError(try store().assemble(hash)) { error in
      XCTAssertEqual((error as? StepError)?.kind, .blob)
      XCTAssertTrue((error as? StepError)?.message.contains(text) ?? false, "\(error)")
    }
  }
}

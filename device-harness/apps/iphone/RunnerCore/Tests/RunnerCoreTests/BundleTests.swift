import Foundation
import XCTest
@testable import RunnerCore

final class BundleTests: XCTestCase {
  private var bench: TestBench!

  override func setUpWithError() throws { bench = try TestBench() }
  override func tearDown() { bench.remove() }

  func testABundleOfTheHostRuns() throws {
    let bundles = Bundles(files: bench.files)
    XCTAssertEqual(try bundles.take(try Fixture.folder().appendingPathComponent("bundle.tar")), ["carried"])
    XCTAssertEqual(bench.files.openBatches(), ["carried"])
    XCTAssertEqual(try Data(contentsOf: bench.files.batch("carried").appendingPathComponent("plan.json")), Data("{}".utf8))
    XCTAssertEqual(try bench.launch("carried"), .finished)
    XCTAssertEqual(try bench.files.read(Status.self, at: bench.files.status("carried")).failed, 0)
    XCTAssertEqual(try bundles.take(try Fixture.folder().appendingPathComponent("bundle.tar")), ["carried"])
  }

  /// The same bytes as the archive that the host's tests read; `DYNO_WRITE_GOLDEN=PATH` writes it anew.
  func testResultsAreWhatTheHostReads() throws {
    let batch = String(repeating: "b", count: 80)
    let folder = bench.files.batch(batch)
    try bench.files.write(Data("{\"schema\":1}".utf8), at: bench.files.runnerInfo)
    try bench.files.write(Data("{}".utf8), at: bench.files.spec(batch))
    try bench.files.write(Data((0..<200_000).map { UInt8($0 * 7 & 255) }), at: folder.appendingPathComponent(bench.files.outputPath(String(repeating: "s", count: 80), 0)))
    try bench.files.write(Data(), at: bench.files.stop(batch))
    let archive = try Bundles(files: bench.files).results(of: batch, in: bench.root)
    XCTAssertEqual(archive.lastPathComponent, "\(batch)-results.tar.gz")
    let written = try Data(contentsOf: archive)
    if let target = ProcessInfo.processInfo.environment["DYNO_WRITE_GOLDEN"], !target.isEmpty { try written.write(to: URL(fileURLWithPath: target)) }
    XCTAssertEqual(written, try Data(contentsOf: try Fixture.folder().appendingPathComponent("swift-results.tar.gz")))
  }

  /// One step of every kind, and one that fails. `DYNO_WRITE_RUN=PATH` writes the results, which the host's tests read with their schemas.
  func testOneOfEverything() throws {
    let picture = Picture(blob: try bench.push([("p", Data(count: 4 * 4 * 4))], kind: .file, name: "p.rgba"), encoding: .rgba8, width: 4, height: 4)
    let face = PixelFace(channels: [0], scale: [1], bias: [0], layout: .NHWC, dtype: .float32, block: 1, order: .DCR)
    let tiles = [Tile(x: -1, y: 0, keep: PhotoArea(x: 0, y: 0, width: 4, height: 4))]
    try bench.batch([
      bench.block("block", outputs: .files), bench.block("failure", unit: .gpu), .plan(PlanStep(id: "plan", model: "net", unit: .ane)),
      .sustained(SustainedStep(id: "sustained", model: "net", unit: .cpu, framesPerSecond: 30, seconds: 0.5, healthEveryMs: 100)),
      .photo(PhotoStep(
        id: "photo", model: "net", unit: .all, round: 3, order: 4, picture: picture, tileWidth: 5, tileHeight: 4, scale: 2,
        input: PhotoInput(name: "x", form: .strided, face: face), output: PhotoOutput(name: "y", form: .loop, face: face), tiles: tiles, outputs: .hashes
      )),
    ])
    bench.runtime.before = { if $0 == "load gpu" { throw NSError(domain: "com.apple.CoreML", code: 0) } }
    bench.phone.heat = { [bench] in (bench?.clock.nowMs() ?? 0) < 1500 ? .fair : .nominal }
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertEqual(try bench.status().failed, 1)
    let archive = try Bundles(files: bench.files).results(of: "b", in: bench.root)
    if let target = ProcessInfo.processInfo.environment["DYNO_WRITE_RUN"], !target.isEmpty { try Data(contentsOf: archive).write(to: URL(fileURLWithPath: target)) }
  }

  func testStrangersAndStumpsAreRefused() throws {
    let good = try Data(contentsOf: try Fixture.folder().appendingPathComponent("bundle.tar"))
    try refuse(good.prefix(good.count / 2), "cut off")
    try refuse(try tarHeader("../escaped", size: 0) + Data(count: 1024), "no part of a batch")
    try refuse(try tarHeader("blobs/\(String(repeating: "0", count: 64))/..", size: 0) + Data(count: 1024), "no part of a batch")
    try refuse(try tarHeader("batches/b/status.json", size: 0) + Data(count: 1024), "no part of a batch")
    var link = try tarHeader("batches/b/batch.json", size: 0)
    link[156] = 0x32
    try refuse(link + Data(count: 1024), "neither a file nor a folder")
    XCTAssertEqual(bench.files.openBatches(), [])
  }

  func testTheChecksumOfGzip() {
    var check = CRC32()
    check.update(Data("1234".utf8))
    check.update(Data("56789".utf8))
    XCTAssertEqual(check.value, 0xcbf4_3926)
  }

  private func refuse(_ archive: Data, _ text: String) throws {
    let url = bench.root.appendingPathComponent("bundle")
    try archive.write(to: url)
    XCTAssertThrowsError(try Bundles(files: bench.files).take(url)) { error in
      XCTAssertTrue((error as? StepError)?.message.contains(text) ?? false, "\(error)")
    }
  }
}

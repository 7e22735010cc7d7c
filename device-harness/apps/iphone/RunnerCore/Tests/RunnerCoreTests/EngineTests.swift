import Foundation
import XCTest
@testable import RunnerCore

final class EngineTests: XCTestCase {
  private var bench: TestBench!

  override func setUpWithError() throws { bench = try TestBench() }
  override func tearDown() { bench.remove() }

  func testBlockFromPartsToResult() throws {
    try bench.batch([bench.block("one", outputs: .files)])
    bench.runtime.predictMs = { $0 == 0 ? 9 : 4 }
    XCTAssertEqual(try bench.launch(), .finished)
    let block = try bench.blockResult("one")
    XCTAssertEqual(block.load, LoadTimes(compileMs: 800, loadMs: 500, againMs: 20, fresh: true))
    XCTAssertEqual(block.firstMs, 9)
    XCTAssertEqual(block.warmUp, WarmUpOutcome(runs: 6, stable: true))
    XCTAssertEqual(block.samples, [4, 4, 4, 4, 4])
    XCTAssertEqual(block.conditions.thermalWorst, .nominal)
    XCTAssertEqual(block.warnings, [])
    XCTAssertEqual(block.outputs.map { $0.file }, ["outputs/one/0.bin"])
    XCTAssertEqual(block.outputs[0].sha256, ContentHash.hex(of: Data([1, 2, 3, 4, 5, 6, 7, 8])))
    XCTAssertEqual(try Data(contentsOf: bench.files.batch("b").appendingPathComponent("outputs/one/0.bin")).count, 8)
    XCTAssertEqual(
      phases(), [.starting, .cooling, .starting, .assembling, .compiling, .loading, .loadingAgain, .first, .warmingUp, .timing, .writing, .starting, .finished]
    )
    let status = try bench.status()
    XCTAssertEqual([status.done, status.total, status.failed, status.launch], [1, 1, 0, 1])
    XCTAssertNil(status.step)
  }

  func testAModelIsCompiledOnceAndFreshOnceAUnit() throws {
    try bench.batch([bench.block("a"), bench.block("b", unit: .cpu), bench.block("c")])
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertEqual(bench.runtime.calls.filter { $0.hasPrefix("compile") }.count, 1)
    XCTAssertEqual(try ["a", "b", "c"].map { try bench.blockResult($0).load.fresh }, [true, true, false])
    XCTAssertNil(try bench.blockResult("b").load.compileMs)
  }

  func testOneModelThatFailsLeavesTheOthers() throws {
    let good = try bench.pushModel()
    let feed = try bench.pushFeed()
    let models = [
      RunnerModel(id: "lost", blob: String(repeating: "0", count: 64), function: nil, feeds: []),
      RunnerModel(id: "wrong", blob: good, function: nil, feeds: [.array(ArrayFeed(input: "x", blob: feed, dtype: .float64, dims: [3], memory: .packed))]),
      RunnerModel(id: "net", blob: good, function: nil, feeds: [.array(bench.feed(feed))]),
    ]
    try bench.batch([bench.block("1", model: "lost"), bench.block("2", model: "wrong"), bench.block("3"), bench.block("4", unit: .gpu)], models: models)
    bench.runtime.before = { if $0 == "load gpu" { throw NSError(domain: "com.apple.CoreML", code: 0, userInfo: [NSUnderlyingErrorKey: NSError(domain: "ANE", code: -14)]) } }
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertEqual(try bench.failure("1").kind, .blob)
    XCTAssertEqual(try bench.failure("2").message, "The feed of x has 8 bytes, and its size asks for 24.")
    XCTAssertEqual(try bench.blockResult("3").samples.count, 5)
    let failure = try bench.failure("4")
    XCTAssertEqual(failure.kind, .load)
    XCTAssertEqual(failure.phase, .loading)
    XCTAssertTrue(failure.detail.contains("ANE -14"), failure.detail)
    XCTAssertEqual(try bench.status().failed, 3)
  }

  func testAFullDiskIsNamed() throws {
    try bench.batch([bench.block("a")])
    bench.runtime.before = { if $0.hasPrefix("compile") { throw NSError(domain: NSPOSIXErrorDomain, code: Int(ENOSPC)) } }
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertEqual(try bench.failure("a").kind, .disk)
  }

  func testWarmUpThatNeverSettlesSaysSo() throws {
    try bench.batch([bench.block("a")])
    bench.runtime.predictMs = { 10 * pow(1.05, Double($0)) }
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertFalse(try bench.blockResult("a").warmUp.stable)
  }

  func testHotPhoneIsWaitedForWithinPatience() throws {
    try bench.batch([bench.block("a"), bench.block("b"), bench.block("c")])
    var looks = 0
    bench.phone.heat = {
      looks += 1
      return self.bench.clock.nowMs() < 2500 ? .serious : .nominal
    }
    XCTAssertEqual(try bench.launch(), .finished)
    let first = try bench.blockResult("a").conditions
    XCTAssertTrue(first.cooled)
    XCTAssertEqual(first.waitedMs, 3000)
    XCTAssertEqual(try bench.blockResult("b").conditions.waitedMs, 0)
    XCTAssertEqual(try bench.status().waitedMs, 3000)
  }

  func testPhoneThatNeverCoolsIsMeasuredAndMarked() throws {
    try bench.batch([bench.block("a"), bench.block("b"), bench.block("c")])
    bench.phone.heat = { .fair }
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertEqual(try ["a", "b", "c"].map { try bench.blockResult($0).conditions.waitedMs }, [3000, 2000, 0])
    XCTAssertEqual(try bench.blockResult("c").warnings, ["the phone did not cool down to nominal before the step"])
    bench.phone.heat = { .unknown }
    XCTAssertFalse(bench.phone.thermal.isAtMost(.critical))
  }

  func testHeatAndLowPowerDuringAStepAreSeen() throws {
    try bench.batch([bench.block("a")])
    bench.runtime.before = { [bench] call in
      if call == "predict" { bench?.phone.heat = { .serious } }
      if call == "outputs" { bench?.phone.lowPowerMode = true }
    }
    XCTAssertEqual(try bench.launch(), .finished)
    let block = try bench.blockResult("a")
    XCTAssertEqual(block.conditions.thermalBefore, .nominal)
    XCTAssertEqual(block.conditions.thermalWorst, .serious)
    XCTAssertTrue(block.conditions.lowPowerMode)
    XCTAssertEqual(block.warnings.count, 2)
  }

  func testHeatThatPassesIsRemembered() throws {
    try bench.batch([bench.block("a")])
    bench.runtime.before = { [bench] call in
      if call == "reserve" { bench?.phone.heat = { (bench?.clock.nowMs() ?? 0) < 1340 ? .critical : .nominal } }
    }
    XCTAssertEqual(try bench.launch(), .finished)
    let conditions = try bench.blockResult("a").conditions
    XCTAssertEqual([conditions.thermalBefore, conditions.thermalWorst, conditions.thermalAfter], [.nominal, .critical, .nominal])
  }

  func testSustainedCountsMissedFrames() throws {
    try bench.batch([.sustained(SustainedStep(id: "s", model: "net", unit: .ane, framesPerSecond: 100, seconds: 1, healthEveryMs: 250))])
    bench.runtime.predictMs = { $0 == 41 ? 35 : 4 }
    XCTAssertEqual(try bench.launch(), .finished)
    guard case .sustained(let result) = try bench.result("s") else { return XCTFail("no sustained result") }
    XCTAssertEqual(result.frames, 100)
    XCTAssertEqual(result.missed, 3)
    XCTAssertEqual(result.samples.count, 97)
    XCTAssertEqual(result.samples.max(), 35)
    XCTAssertEqual(result.seconds, 0.994, accuracy: 1e-9)
    XCTAssertEqual(result.health.count, 4)
  }

  func testPhotoTimesEachPartOfEachTile() throws {
    let rgba = Data((0..<(4 * 3 * 4)).map { UInt8($0 * 5) })
    let blob = try bench.push([("photo", rgba)], kind: .file, name: "photo.rgba")
    let face = PixelFace(channels: [0, 1, 2], scale: [1, 1, 1], bias: [0, 0, 0], layout: .NCHW, dtype: .float16, block: 1, order: .CRD)
    let tiles = [Tile(x: 0, y: 0, keep: PhotoArea(x: 0, y: 0, width: 2, height: 3)), Tile(x: 1, y: 0, keep: PhotoArea(x: 2, y: 0, width: 2, height: 3))]
    try bench.batch([.photo(PhotoStep(
      id: "p", model: "net", unit: .ane, round: 0, order: 0, picture: Picture(blob: blob, encoding: .rgba8, width: 4, height: 3), tileWidth: 3, tileHeight: 3, scale: 2,
      input: PhotoInput(name: "x", form: .metal, face: face), output: PhotoOutput(name: "y", form: .strided, face: face), tiles: tiles, outputs: .files
    ))])
    XCTAssertEqual(try bench.launch(), .finished)
    guard case .photo(let result) = try bench.result("p") else { return XCTFail("no photo: \(try bench.result("p"))") }
    XCTAssertEqual([result.prepareMs, result.predictMs, result.readMs], [[1, 1], [4, 4], [2, 2]])
    XCTAssertEqual(result.totalMs, 14)
    XCTAssertEqual(result.setUpMs, 5)
    let output = try XCTUnwrap(result.output)
    XCTAssertEqual(output.dims, [6, 8, 4])
    let pixels = try Data(contentsOf: bench.files.batch("b").appendingPathComponent(try XCTUnwrap(output.file)))
    XCTAssertEqual(pixels[4 * (5 * 8 + 7)], rgba[4 * (2 * 4 + 3)])
    XCTAssertEqual(output.sha256, ContentHash.hex(of: pixels))
  }

  func testPlanHasSegmentsAndShares() throws {
    try bench.batch([.plan(PlanStep(id: "p", model: "net", unit: .ane))])
    XCTAssertEqual(try bench.launch(), .finished)
    guard case .plan(let plan) = try bench.result("p") else { return XCTFail("no plan") }
    XCTAssertEqual(plan.segments, [
      PlanSegment(processor: .ane, first: 1, last: 2, operations: 2, cost: 0.5), PlanSegment(processor: .cpu, first: 4, last: 4, operations: 1, cost: 0.25),
      PlanSegment(processor: .ane, first: 5, last: 5, operations: 1, cost: 0.25),
    ])
    XCTAssertEqual(plan.shares, [PlanShare(processor: .ane, operations: 3, cost: 0.75), PlanShare(processor: .cpu, operations: 1, cost: 0.25)])
  }

  func testABatchThatMakesNoSenseIsRefused() throws {
    try bench.batch([bench.block("a"), bench.block("a")])
    XCTAssertEqual(try bench.launch(), .refused)
    XCTAssertEqual(try bench.status().note, "two steps have the same id")
    try bench.files.write(Data("{".utf8), at: bench.files.spec("b"))
    XCTAssertEqual(try bench.launch(), .refused)
    XCTAssertThrowsError(try bench.launch("../b"))
  }

  private func phases() -> [Phase] {
    return bench.statuses.map { $0.phase }
  }
}

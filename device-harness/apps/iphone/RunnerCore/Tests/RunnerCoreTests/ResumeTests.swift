import Foundation
import XCTest
@testable import RunnerCore

final class ResumeTests: XCTestCase {
  private var bench: TestBench!

  override func setUpWithError() throws { bench = try TestBench() }
  override func tearDown() { bench.remove() }

  /// Dies at every call of the runtime and at every writing of the status in turn: the next launch loses nothing and does nothing twice.
  func testDeathAtAnyMomentLosesNothing() throws {
    let steps = [bench.block("a"), bench.block("b", unit: .cpu), .plan(PlanStep(id: "c", model: "net", unit: .ane))]
    try bench.batch(steps)
    var snapshots: [TestBench] = []
    defer { snapshots.forEach { $0.remove() } }
    bench.runtime.before = { [bench] _ in snapshots.append(try XCTUnwrap(bench).copy()) }
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertGreaterThan(snapshots.count, 30)
    for (index, dead) in snapshots.enumerated() {
      let before = Set(done(dead, steps))
      let step = try dead.status().step
      XCTAssertNotNil(step)
      XCTAssertEqual(try dead.launch(), .finished, "moment \(index)")
      XCTAssertEqual(done(dead, steps).count, 3, "moment \(index)")
      XCTAssertEqual(try dead.status().failed, 0)
      XCTAssertEqual(try dead.status().launch, 2)
      let taken = Set(dead.statuses.compactMap { $0.phase == .loading || $0.phase == .planning ? $0.step : nil })
      XCTAssertEqual(taken, Set(steps.map { $0.id }).subtracting(before), "moment \(index)")
    }
  }

  func testAModelThatKillsTheProcessIsGivenUp() throws {
    try bench.batch([bench.block("a"), bench.block("b", unit: .cpu), bench.block("c")])
    let dead = try die(bench, at: "load ane")
    defer { dead.remove() }
    let deadAgain = try die(dead, at: "load ane")
    defer { deadAgain.remove() }
    XCTAssertEqual(try deadAgain.status().attempt, 2)
    XCTAssertEqual(try deadAgain.launch(), .finished)
    let failure = try deadAgain.failure("a")
    XCTAssertEqual(failure.kind, .died)
    XCTAssertEqual(failure.phase, .loading)
    XCTAssertEqual(failure.attempt, 2)
    XCTAssertEqual(try deadAgain.blockResult("b").attempt, 1)
    XCTAssertEqual(try deadAgain.failure("c").kind, .died)
    XCTAssertTrue(try deadAgain.failure("c").message.contains("step a"))
    XCTAssertEqual(bench.runtime.calls.filter { $0 == "load ane" }.count, 0)
    let status = try deadAgain.status()
    XCTAssertEqual([status.launch, status.done, status.failed], [3, 3, 2])
  }

  func testADeathWhileWaitingCountsForNothing() throws {
    try bench.batch([bench.block("a")])
    var copy: TestBench?
    bench.phone.heat = { [bench] in
      if copy == nil, let bench = bench, (try? bench.status().phase) == .cooling { copy = try? bench.copy() }
      return .nominal
    }
    _ = try bench.launch()
    let dead = try XCTUnwrap(copy)
    defer { dead.remove() }
    XCTAssertEqual(try dead.status().attempt, 0)
    XCTAssertEqual(try dead.launch(), .finished)
    XCTAssertEqual(try dead.blockResult("a").attempt, 1)
  }

  func testAFreshProcessAfterSoManySteps() throws {
    try bench.batch([bench.block("a"), bench.block("b"), bench.block("c")]) { $0.stepsPerLaunch = 1 }
    XCTAssertEqual(try (0..<3).map { _ in try bench.launch() }, [.relaunch, .relaunch, .finished])
    XCTAssertEqual(try bench.status().launch, 3)
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertEqual(bench.runtime.calls.filter { $0.hasPrefix("load") }.count, 6)
  }

  func testStopsWhenAsked() throws {
    try bench.batch([bench.block("a"), bench.block("b")])
    let stop = bench.files.stop("b")
    bench.runtime.before = { [bench] in if $0 == "outputs" { try bench?.files.write(Data(), at: stop) } }
    XCTAssertEqual(try bench.launch(), .stopped)
    XCTAssertEqual(try bench.status().done, 1)
    try FileManager.default.removeItem(at: stop)
    bench.runtime.before = { _ in }
    XCTAssertEqual(try bench.launch(), .finished)
    XCTAssertEqual(try bench.status().done, 2)
  }

  func testAHalfCompiledModelIsNotTaken() throws {
    try bench.batch([bench.block("a")])
    let dead = try die(bench, at: "load ane")
    defer { dead.remove() }
    let folder = dead.files.support.appendingPathComponent("compiled/22B83")
    let name = try XCTUnwrap(try FileManager.default.contentsOfDirectory(atPath: folder.path).first)
    try FileManager.default.moveItem(at: folder.appendingPathComponent(name), to: folder.appendingPathComponent("partial-\(name)"))
    XCTAssertEqual(try dead.launch(), .finished)
    XCTAssertEqual(dead.runtime.calls.filter { $0.hasPrefix("compile") }.count, 1)
  }

  func testOpenBatches() throws {
    try bench.batch([bench.block("a")])
    XCTAssertEqual(bench.files.openBatches(), ["b"])
    _ = try bench.launch()
    XCTAssertEqual(bench.files.openBatches(), [])
    XCTAssertEqual(bench.files.endedBatches(), ["b"])
  }

  /// What is left behind by a process that dies in the first call of that name.
  private func die(_ bench: TestBench, at name: String) throws -> TestBench {
    struct Death: Error {}
    var left: TestBench?
    bench.runtime.before = { call in
      if call == name, left == nil { left = try bench.copy() }
      if left != nil { throw Death() }
    }
    _ = try bench.launch()
    return try XCTUnwrap(left)
  }

  private func done(_ bench: TestBench, _ steps: [Step]) -> [String] {
    return steps.map { $0.id }.filter { bench.files.exists(bench.files.result("b", $0)) }
  }
}

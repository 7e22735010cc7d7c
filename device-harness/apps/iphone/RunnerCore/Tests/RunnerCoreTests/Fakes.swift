import Foundation
@testable import RunnerCore

/// Time that passes only where something says so.
final class FakeClock: RunnerClock {
  private(set) var now = 0.0
  private(set) var slept = 0.0

  func nowMs() -> Double { return now }
  func date() -> Date { return Date(timeIntervalSince1970: 1_700_000_000 + now / 1000) }

  func sleep(ms: Double) {
    slept += ms
    now += ms
  }

  func pass(_ ms: Double) { now += ms }
}

final class FakePhone: Phone {
  var heat: () -> Thermal = { .nominal }
  var thermal: Thermal { return heat() }
  var lowPowerMode = false
  var battery = Battery(level: 0.5, state: .unplugged)
  var footprintBytes = 1000
  var cpuSeconds = 0.0
  var freeBytes: Int?
}

/// Runs nothing, takes scripted time, and tells of every call before it is made.
final class FakeRuntime: ModelRuntime {
  let clock: FakeClock
  private(set) var calls: [String] = []
  /// Called before each call takes place; may throw.
  var before: (String) throws -> Void = { _ in }
  var predictMs: (Int) -> Double = { _ in 4 }
  fileprivate var predictions = 0

  init(_ clock: FakeClock) {
    self.clock = clock
  }

  func call(_ name: String, ms: Double = 0) throws {
    try before(name)
    calls.append(name)
    clock.pass(ms)
  }

  func compile(_ source: URL, to target: URL) throws {
    try call("compile \(source.lastPathComponent)", ms: 800)
    try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
    try Data("compiled".utf8).write(to: target.appendingPathComponent("model"))
  }

  func load(_ compiled: URL, function: String?, unit: ComputeUnit) throws -> LoadedModel {
    let cold = !calls.contains("load \(unit.rawValue)")
    try call("load \(unit.rawValue)", ms: cold ? 500 : 20)
    return FakeModel(self)
  }

  func plan(_ compiled: URL, function: String?, unit: ComputeUnit) throws -> [PlanOperation] {
    try call("plan", ms: 30)
    return ["const", "ane", "ane", "const", "cpu", "ane"].enumerated().map { index, word in
      PlanOperation(function: "main", type: word == "const" ? "const" : "conv", output: "v\(index)", preferred: Processor(rawValue: word), supported: [], cost: word == "const" ? nil : 0.25)
    }
  }

  func decode(_ file: URL, width: Int, height: Int) throws -> Pixels {
    try call("decode", ms: 50)
    return Pixels(width: width, height: height)
  }

  fileprivate func predict() throws {
    try call("predict", ms: predictMs(predictions))
    predictions += 1
  }
}

private final class FakeModel: LoadedModel {
  private let runtime: FakeRuntime
  private var feeds: [NamedFeed] = []

  init(_ runtime: FakeRuntime) {
    self.runtime = runtime
  }

  func prepare(_ feeds: [NamedFeed]) throws -> [MemoryForm] {
    try runtime.call("prepare")
    self.feeds = feeds
    return feeds.map { MemoryForm(name: $0.input, dtype: .float32, dims: [2], strides: [1], backing: .own) }
  }

  func predict() throws { try runtime.predict() }
  func reserveOutputs() throws { try runtime.call("reserve") }
  func outputForms() throws -> [MemoryForm] { return [] }

  /// The first feed's bytes.
  func outputs() throws -> [OutputValue] {
    try runtime.call("outputs")
    guard case .array(let dtype, let dims, _, let bytes)? = feeds.first?.value else { return [] }
    return [OutputValue(name: "y", dtype: dtype, dims: dims, bytes: bytes)]
  }

  func tilePipeline(_ step: PhotoStep, photo: Pixels) throws -> TilePipeline {
    try runtime.call("pipeline", ms: 5)
    return FakePipeline(runtime, photo, step.scale)
  }
}

/// Repeats every pixel `scale` times a side.
private final class FakePipeline: TilePipeline {
  private let runtime: FakeRuntime
  private let photo: Pixels
  private let scale: Int

  init(_ runtime: FakeRuntime, _ photo: Pixels, _ scale: Int) {
    self.runtime = runtime
    self.photo = photo
    self.scale = scale
  }

  func prepare(_ tile: Tile) throws { try runtime.call("tile", ms: 1) }
  func predict() throws { try runtime.predict() }

  func read(_ tile: Tile, into canvas: Pixels) throws {
    runtime.clock.pass(2)
    for y in tile.keep.y * scale..<(tile.keep.y + tile.keep.height) * scale {
      for x in tile.keep.x * scale..<(tile.keep.x + tile.keep.width) * scale {
        for c in 0..<4 { canvas.bytes[4 * (y * canvas.width + x) + c] = photo.bytes[4 * (y / scale * photo.width + x / scale) + c] }
      }
    }
  }
}

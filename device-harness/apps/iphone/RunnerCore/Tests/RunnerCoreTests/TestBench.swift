import Foundation
import XCTest
@testable import RunnerCore

/// A phone's two folders, what is pushed into them, and an engine over fakes.
final class TestBench {
  let root: URL
  let files: RunnerFiles
  let clock = FakeClock()
  let phone = FakePhone()
  let runtime: FakeRuntime
  private(set) var statuses: [Status] = []

  init(root: URL? = nil) throws {
    self.root = root ?? FileManager.default.temporaryDirectory.appendingPathComponent("dyno-\(UUID().uuidString)")
    files = RunnerFiles(documents: self.root.appendingPathComponent("Documents"), support: self.root.appendingPathComponent("Support"))
    runtime = FakeRuntime(clock)
    try FileManager.default.createDirectory(at: files.documents, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: files.support, withIntermediateDirectories: true)
  }

  func remove() {
    try? FileManager.default.removeItem(at: root)
  }

  /// A copy of everything as it lies there now: what a process that dies now leaves behind.
  func copy() throws -> TestBench {
    let target = FileManager.default.temporaryDirectory.appendingPathComponent("dyno-\(UUID().uuidString)")
    try FileManager.default.copyItem(at: root, to: target)
    return try TestBench(root: target)
  }

  func launch(_ batch: String = "b") throws -> Phase {
    let engine = BatchEngine(files: files, runtime: runtime, phone: phone, clock: clock, build: "22B83") { [weak self] in self?.statuses.append($0) }
    return try engine.run(batch)
  }

  /// Pushes files as a package, or one file as itself, in parts of `partBytes`. Gives the hash.
  @discardableResult
  func push(_ contents: [(path: String, bytes: Data)], kind: PartManifestKind, name: String, partBytes: Int = 5) throws -> String {
    var whole = ContentHash()
    var next = 0
    var parts: [(String, Data)] = []
    let listed = contents.map { path, bytes -> BlobFile in
      if kind == .package { whole.update(Data("\(path)\0".utf8)) }
      whole.update(bytes)
      let own = stride(from: 0, to: bytes.count, by: partBytes).map { start -> Part in
        let piece = bytes.subdata(in: start..<min(start + partBytes, bytes.count))
        let part = Part(name: String(format: "part-%05d", next), bytes: piece.count)
        next += 1
        parts.append((part.name, piece))
        return part
      }
      return BlobFile(path: path, bytes: bytes.count, sha256: ContentHash.hex(of: bytes), parts: own)
    }
    let manifest = PartManifest(sha256: whole.hex(), kind: kind, name: name, files: listed)
    for (part, piece) in parts { try files.write(piece, at: files.blob(manifest.sha256).appendingPathComponent(part)) }
    try files.write(manifest, at: files.manifest(manifest.sha256))
    return manifest.sha256
  }

  @discardableResult
  func pushModel(_ text: String = "weights") throws -> String {
    let contents = [("Manifest.json", Data("{}".utf8)), ("Data/empty", Data()), ("Data/weight.bin", Data(text.utf8))]
    return try push(contents, kind: .package, name: "net.mlpackage")
  }

  func pushFeed() throws -> String {
    return try push([("x", Data([1, 2, 3, 4, 5, 6, 7, 8]))], kind: .file, name: "x.bin")
  }

  /// A batch over one model with one feed of two floats, unless told otherwise.
  func batch(_ steps: [Step], models: [RunnerModel]? = nil, change: (inout BatchSpec) -> Void = { _ in }) throws {
    let own = [RunnerModel(id: "net", blob: try pushModel(), function: nil, feeds: [.array(feed(try pushFeed()))])]
    var spec = BatchSpec(
      id: "b", models: models ?? own, steps: steps,
      warmUp: WarmUpRule(minRuns: 6, minMs: 10, maxMs: 1000, tolerance: 0.04), timed: TimedPart(minRuns: 5, minMs: 10, maxRuns: 50, maxMs: 1000),
      coolDown: CoolDownRule(gate: .nominal, maxWaitMs: 3000, totalWaitMs: 5000, pollMs: 1000), attempts: 2, stepsPerLaunch: nil, heartbeatSeconds: 60
    )
    change(&spec)
    try files.write(spec, at: files.spec("b"))
  }

  func feed(_ blob: String) -> ArrayFeed {
    return ArrayFeed(input: "x", blob: blob, dtype: .float32, dims: [2], memory: .packed)
  }

  func block(_ id: String, unit: ComputeUnit = .ane, model: String = "net", outputs: OutputsWanted = .hashes) -> Step {
    return .block(BlockStep(id: id, model: model, unit: unit, round: 0, order: 0, outputs: outputs))
  }

  func status() throws -> Status {
    return try files.read(Status.self, at: files.status("b"))
  }

  func result(_ step: String) throws -> StepResult {
    return try files.read(StepResult.self, at: files.result("b", step))
  }

  func blockResult(_ step: String) throws -> BlockResult {
    guard case .block(let result) = try result(step) else { throw StepError(.internal, "\(step) is no block: \(try self.result(step))") }
    return result
  }

  func failure(_ step: String) throws -> Failure {
    guard case .failure(let failure) = try result(step) else { throw StepError(.internal, "\(step) did not fail") }
    return failure
  }
}

import Foundation

/// What the measurements of steps share: the model made ready, loading, conditions, outputs.
final class StepRun {
  let spec: BatchSpec
  let step: Step
  let attempt: Int
  let model: RunnerModel
  let files: RunnerFiles
  let runtime: ModelRuntime
  let phone: Phone
  let clock: RunnerClock
  let board: StatusBoard
  let startedAt: String
  private let blobs: BlobStore
  private let models: ModelStore
  private let cooled: Bool
  private let waitedMs: Double

  init(_ engine: BatchEngine, spec: BatchSpec, step: Step, attempt: Int, model: RunnerModel, board: StatusBoard, cooled: Bool, waitedMs: Double) {
    self.spec = spec
    self.step = step
    self.attempt = attempt
    self.model = model
    self.board = board
    self.cooled = cooled
    self.waitedMs = waitedMs
    files = engine.files
    runtime = engine.runtime
    phone = engine.phone
    clock = engine.clock
    blobs = engine.blobs
    models = engine.models
    startedAt = timeText(engine.clock.date())
  }

  func take() throws -> StepResult {
    board.startWatch()
    try assemble()
    switch step {
    case .block(let block): return .block(try measure(block))
    case .plan(let plan): return .plan(try readPlan(plan))
    case .sustained(let sustained): return .sustained(try measure(sustained))
    case .photo(let photo): return .photo(try measure(photo))
    }
  }

  var finishedAt: String { return timeText(clock.date()) }

  /// Everything that the step reads, put together where it is not yet.
  private func assemble() throws {
    var needed = models.isCompiled(model) ? [] : [model.blob]
    switch step {
    case .block, .sustained: needed += model.feeds.map { $0.blob }
    case .photo(let photo): needed.append(photo.picture.blob)
    case .plan: break
    }
    let missing = needed.filter { !blobs.has($0) }
    if missing.isEmpty { return }
    try board.enter(.assembling)
    for hash in missing where !blobs.has(hash) { try blobs.assemble(hash) }
  }

  func blob(_ hash: String) throws -> URL {
    return try blobs.url(hash)
  }

  /// The compiled model, and the milliseconds that compiling took; nil where it was kept.
  func compile() throws -> (url: URL, ms: Double?) {
    let url = models.compiled(model)
    if models.isCompiled(model) { return (url, nil) }
    let source = try blob(model.blob)
    try board.enter(.compiling)
    let (ms, _) = try clock.timed { try models.compile(source, model) }
    return (url, ms)
  }

  /// Loads, lets go, loads again. The second one is what runs.
  func load(_ compiled: (url: URL, ms: Double?)) throws -> (model: LoadedModel, times: LoadTimes) {
    try board.enter(.loading)
    let fresh = try models.markLoad(model, step.unit)
    let loadMs = try pooled { try clock.timed { try runtime.load(compiled.url, function: model.function, unit: step.unit) }.ms }
    try board.enter(.loadingAgain)
    let again = try clock.timed { try runtime.load(compiled.url, function: model.function, unit: step.unit) }
    return (again.value, LoadTimes(compileMs: compiled.ms, loadMs: loadMs, againMs: again.ms, fresh: fresh))
  }

  func conditions(_ watch: Watch) -> Conditions {
    return Conditions(
      thermalBefore: watch.thermalBefore, thermalAfter: phone.thermal, thermalWorst: watch.thermalWorst, cooled: cooled, waitedMs: waitedMs,
      lowPowerMode: watch.lowPowerMode, batteryBefore: watch.batteryBefore, batteryAfter: phone.battery.level
    )
  }

  /// What makes a result less than it seems, as sentences.
  func warnings(_ conditions: Conditions) -> [String] {
    var warnings: [String] = []
    if !conditions.cooled { warnings.append("the phone did not cool down to \(spec.coolDown.gate.rawValue) before the step") }
    if !conditions.thermalAfter.isAtMost(conditions.thermalBefore) { warnings.append("the thermal state rose from \(conditions.thermalBefore.rawValue) to \(conditions.thermalAfter.rawValue)") }
    if conditions.lowPowerMode { warnings.append("low-power mode was on") }
    return warnings
  }

  /// Writes outputs as the step wants them.
  func record(_ values: [OutputValue], wanted: OutputsWanted) throws -> [OutputRecord] {
    if wanted == .none { return [] }
    return try values.enumerated().map { index, value in
      let path = files.outputPath(step.id, index)
      if wanted == .files { try files.write(value.bytes, at: files.batch(spec.id).appendingPathComponent(path)) }
      return OutputRecord(
        name: value.name, dtype: value.dtype, dims: value.dims, bytes: value.bytes.count, sha256: ContentHash.hex(of: value.bytes), file: wanted == .files ? path : nil
      )
    }
  }
}

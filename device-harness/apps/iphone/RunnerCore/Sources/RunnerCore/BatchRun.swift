import Foundation

/// One launch of one batch.
final class BatchRun {
  private let engine: BatchEngine
  private let spec: BatchSpec
  private let board: StatusBoard
  /// Attempts that have begun, of the step that the launch before was at.
  private var begun: [String: Int] = [:]
  /// Models that ended the process for good, with the unit, and the step in which they did.
  private var deadly: [String: String] = [:]
  private var takenNow = 0

  init(_ engine: BatchEngine, _ spec: BatchSpec, _ board: StatusBoard, _ previous: Status?) throws {
    self.engine = engine
    self.spec = spec
    self.board = board
    let ends = try recall()
    try board.set { status in
      status.total = spec.steps.count
      status.done = ends.done
      status.failed = ends.failed
    }
    if let previous = previous { try judge(previous) }
  }

  func run() throws -> Phase {
    for step in spec.steps where !isDone(step) {
      if engine.files.exists(engine.files.stop(spec.id)) { return try end(.stopped) }
      if let most = spec.stepsPerLaunch, takenNow >= most { return try end(.relaunch) }
      guard let phase = try take(step) else { continue }
      return try end(phase)
    }
    return try end(.finished)
  }

  /// The phase to end with where the host asked to stop meanwhile; nil where the step has a result now.
  private func take(_ step: Step) throws -> Phase? {
    let attempts = begun[step.id] ?? 0
    try board.set { status in
      status.step = step.id
      status.model = step.model
      status.unit = step.unit
      status.attempt = attempts
      status.phase = .cooling
    }
    if let culprit = deadly[place(step)] {
      let error = StepError(.died, "The step \(culprit) ended the process with this model on this unit; it is not tried again.")
      try finish(step, .failure(failure(step, error, in: .starting, attempt: max(1, attempts), since: engine.clock.date())))
      return nil
    }
    guard let gate = try coolDown() else { return .stopped }
    takenNow += 1
    let started = engine.clock.date()
    let attempt = attempts + 1
    try board.set { status in
      status.phase = .starting
      status.attempt = attempt
      status.waitedMs += gate.waitedMs
    }
    let result: StepResult
    do {
      result = try pooled { try measure(step, attempt: attempt, gate: gate) }
    } catch {
      let phase = board.current.phase
      result = .failure(failure(step, StepError(error, in: phase), in: phase, attempt: attempt, since: started))
    }
    try finish(step, result)
    return nil
  }

  private func measure(_ step: Step, attempt: Int, gate: (cooled: Bool, waitedMs: Double)) throws -> StepResult {
    guard let model = spec.models.first(where: { $0.id == step.model }) else { throw StepError(.unsupported, "There is no model \(step.model).") }
    return try StepRun(engine, spec: spec, step: step, attempt: attempt, model: model, board: board, cooled: gate.cooled, waitedMs: gate.waitedMs).take()
  }

  /// Waits until the phone is cool, or patience ends. Nil where the host asked to stop meanwhile.
  private func coolDown() throws -> (cooled: Bool, waitedMs: Double)? {
    let rule = spec.coolDown
    let limit = Thermal(rawValue: rule.gate.rawValue) ?? .nominal
    let patience = min(rule.maxWaitMs, max(0, rule.totalWaitMs - board.current.waitedMs))
    let start = engine.clock.nowMs()
    while true {
      let waited = engine.clock.nowMs() - start
      if engine.phone.thermal.isAtMost(limit) { return (true, waited) }
      if waited >= patience { return (false, waited) }
      if engine.files.exists(engine.files.stop(spec.id)) { return nil }
      engine.clock.sleep(ms: min(max(rule.pollMs, 1), patience - waited))
    }
  }

  private func finish(_ step: Step, _ result: StepResult) throws {
    try engine.files.write(result, at: engine.files.result(spec.id, step.id))
    begun[step.id] = nil
    var failed = false
    if case .failure = result { failed = true }
    try board.set { status in
      status.step = nil
      status.model = nil
      status.unit = nil
      status.attempt = 0
      status.phase = .starting
      status.done += 1
      if failed { status.failed += 1 }
    }
  }

  private func end(_ phase: Phase) throws -> Phase {
    try board.set { status in
      status.phase = phase
      status.step = nil
      status.model = nil
      status.unit = nil
      status.attempt = 0
    }
    return phase
  }

  private func isDone(_ step: Step) -> Bool {
    return engine.files.exists(engine.files.result(spec.id, step.id))
  }

  /// Results of earlier launches.
  private func recall() throws -> (done: Int, failed: Int) {
    var ends = (done: 0, failed: 0)
    for step in spec.steps where isDone(step) {
      let head = try? engine.files.read(ResultHead.self, at: engine.files.result(spec.id, step.id))
      ends.done += 1
      if head?.type == "failure" { ends.failed += 1 }
      if head?.kind == FailureKind.died.rawValue, deadly[place(step)] == nil { deadly[place(step)] = step.id }
    }
    return ends
  }

  /// What the launch before was at when it ended: a step without a result ended the process. (One that only waited has attempts left.)
  private func judge(_ previous: Status) throws {
    guard let id = previous.step, let step = spec.steps.first(where: { $0.id == id }), !isDone(step) else { return }
    begun[id] = previous.attempt
    if previous.attempt < spec.attempts { return }
    let error = StepError(.died, "The process ended in \(previous.phase.rawValue), \(previous.attempt) \(previous.attempt == 1 ? "time" : "times").")
    let since = ISO8601DateFormatter.contract.date(from: previous.at) ?? engine.clock.date()
    deadly[place(step)] = id
    try finish(step, .failure(failure(step, error, in: previous.phase, attempt: previous.attempt, since: since)))
  }

  private func failure(_ step: Step, _ error: StepError, in phase: Phase, attempt: Int, since: Date) -> Failure {
    return Failure(
      batch: spec.id, step: step.id, model: step.model, unit: step.unit, attempt: attempt, startedAt: timeText(since), finishedAt: timeText(engine.clock.date()),
      kind: error.kind, phase: phase, message: error.message, detail: error.detail, thermal: engine.phone.thermal
    )
  }

  private func place(_ step: Step) -> String {
    return "\(step.model) \(step.unit.rawValue)"
  }
}

/// As much of a result as a later launch needs.
private struct ResultHead: Decodable {
  let type: String
  let kind: String?
}

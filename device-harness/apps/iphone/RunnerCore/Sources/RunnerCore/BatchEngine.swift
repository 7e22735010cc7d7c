import Foundation

/// Takes a batch, step by step, so that it can die at any moment and go on at the next launch. `docs/iphone-runner.md` has the rules.
public final class BatchEngine {
  let files: RunnerFiles
  let runtime: ModelRuntime
  let phone: Phone
  let clock: RunnerClock
  let blobs: BlobStore
  let models: ModelStore
  private let observer: (Status) -> Void

  /// `build` of the system, to which compiled models belong. `observer` is told what is written to `status.json`, on any thread.
  public init(files: RunnerFiles, runtime: ModelRuntime, phone: Phone, clock: RunnerClock, build: String, observer: @escaping (Status) -> Void = { _ in }) {
    self.files = files
    self.runtime = runtime
    self.phone = phone
    self.clock = clock
    self.observer = observer
    blobs = BlobStore(files: files, phone: phone)
    models = ModelStore(files: files, runtime: runtime, build: build)
  }

  /// One launch. Gives the phase that it ended with; throws where not even that could be written.
  public func run(_ batch: String) throws -> Phase {
    guard isPlainName(batch) else { throw StepError(.unsupported, "No batch can be called \(batch).") }
    let previous = try? files.read(Status.self, at: files.status(batch))
    let board = StatusBoard(firstStatus(batch, previous), files: files, phone: phone, clock: clock, observer: observer)
    let spec: BatchSpec
    do {
      spec = try files.read(BatchSpec.self, at: files.spec(batch))
      try spec.check(named: batch)
    } catch {
      let reason = (error as? StepError)?.message ?? "batch.json cannot be read: \(error)"
      try board.set { status in
        status.phase = .refused
        status.note = reason
      }
      return .refused
    }
    let heartbeat = Heartbeat(seconds: spec.heartbeatSeconds) { board.beat() }
    defer { heartbeat.stop() }
    return try BatchRun(self, spec, board, previous).run()
  }

  private func firstStatus(_ batch: String, _ previous: Status?) -> Status {
    return Status(
      batch: batch, phase: .starting, step: nil, model: nil, unit: nil, attempt: 0, launch: (previous?.launch ?? 0) + 1, done: 0, total: 0, failed: 0, progress: 0,
      at: timeText(clock.date()), thermal: phone.thermal, lowPowerMode: phone.lowPowerMode, waitedMs: previous?.waitedMs ?? 0, note: nil
    )
  }
}

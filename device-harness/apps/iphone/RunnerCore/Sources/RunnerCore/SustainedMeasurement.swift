import Foundation

extension StepRun {
  /// Predictions at a frame rate. A tick that comes while a prediction runs is missed, and the next one is waited for.
  func measure(_ sustained: SustainedStep) throws -> SustainedResult {
    let values = try feeds()
    let compiled = try compile()
    let before = phone.footprintBytes
    let (loaded, times) = try load(compiled)
    let loadedBytes = phone.footprintBytes
    try board.enter(.first)
    _ = try loaded.prepare(values)
    _ = try predictTimed(loaded)
    try loaded.reserveOutputs()
    try board.enter(.sustaining)
    let frames = try run(loaded, sustained)
    let watch = board.seen()
    let conditions = self.conditions(watch)
    try board.enter(.writing)
    return SustainedResult(
      batch: spec.id, step: sustained.id, model: sustained.model, unit: sustained.unit, attempt: attempt, startedAt: startedAt, finishedAt: finishedAt,
      load: times, framesPerSecond: sustained.framesPerSecond, seconds: frames.ms / 1000, frames: frames.ticks, missed: frames.ticks - frames.samples.count,
      samples: frames.samples, cpuSeconds: frames.cpuSeconds, health: frames.health, conditions: conditions,
      memory: MemoryFigures(beforeBytes: before, loadedBytes: loadedBytes, peakBytes: watch.peakBytes), warnings: warnings(conditions)
    )
  }

  private struct Frames {
    var ticks = 0
    var samples: [Double] = []
    var health: [Health] = []
    var cpuSeconds = 0.0
    var ms = 0.0
  }

  private func run(_ loaded: LoadedModel, _ sustained: SustainedStep) throws -> Frames {
    var frames = Frames()
    let period = 1000 / sustained.framesPerSecond
    let ticks = max(1, Int((sustained.seconds * sustained.framesPerSecond).rounded(.down)))
    let cpu = phone.cpuSeconds
    let start = clock.nowMs()
    var nextLook = 0.0
    while frames.ticks < ticks {
      let wait = start + Double(frames.ticks) * period - clock.nowMs()
      if wait > 0 { clock.sleep(ms: wait) }
      if clock.nowMs() - start >= nextLook {
        let at = clock.nowMs() - start
        frames.health.append(Health(atMs: at, thermal: phone.thermal, lowPowerMode: phone.lowPowerMode, footprintBytes: phone.footprintBytes))
        nextLook = at + Double(sustained.healthEveryMs)
      }
      frames.samples.append(try predictTimed(loaded))
      board.count()
      let passed = Int(((clock.nowMs() - start) / period).rounded(.up))
      frames.ticks = min(ticks, max(frames.ticks + 1, passed))
    }
    frames.cpuSeconds = max(0, phone.cpuSeconds - cpu)
    frames.ms = clock.nowMs() - start
    return frames
  }
}

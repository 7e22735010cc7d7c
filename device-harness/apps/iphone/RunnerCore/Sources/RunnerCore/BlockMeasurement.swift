import Foundation

extension StepRun {
  /// One block: load, load again, first prediction, warm-up, timed part. Outputs are those of the first prediction.
  func measure(_ block: BlockStep) throws -> BlockResult {
    let values = try feeds()
    let compiled = try compile()
    let before = phone.footprintBytes
    let (loaded, times) = try load(compiled)
    let loadedBytes = phone.footprintBytes
    try board.enter(.first)
    let inputs = try loaded.prepare(values)
    let firstMs = try predictTimed(loaded)
    let outputs = block.outputs == .none ? [] : try loaded.outputs()
    try loaded.reserveOutputs()
    try board.enter(.warmingUp)
    let warmUp = try warm(loaded)
    try board.enter(.timing)
    let samples = try timedPart(loaded)
    let forms = try loaded.outputForms()
    let watch = board.seen()
    let conditions = self.conditions(watch)
    try board.enter(.writing)
    let records = try record(outputs, wanted: block.outputs)
    return BlockResult(
      batch: spec.id, step: block.id, model: block.model, unit: block.unit, attempt: attempt, startedAt: startedAt, finishedAt: finishedAt,
      round: block.round, order: block.order, load: times, firstMs: firstMs, warmUp: warmUp, samples: samples, conditions: conditions,
      memory: MemoryFigures(beforeBytes: before, loadedBytes: loadedBytes, peakBytes: watch.peakBytes),
      inputs: inputs, outputs: records, outputForms: forms, warnings: warnings(conditions)
    )
  }

  func predictTimed(_ loaded: LoadedModel) throws -> Double {
    return try pooled { try clock.timed { try loaded.predict() }.ms }
  }

  private func warm(_ loaded: LoadedModel) throws -> WarmUpOutcome {
    var warmUp = WarmUp(spec.warmUp)
    var state = WarmUpState.goOn
    while state == .goOn {
      state = warmUp.add(try predictTimed(loaded))
      board.count()
    }
    return WarmUpOutcome(runs: warmUp.runs, stable: state == .stable)
  }

  private func timedPart(_ loaded: LoadedModel) throws -> [Double] {
    var samples: [Double] = []
    var total = 0.0
    samples.reserveCapacity(min(spec.timed.maxRuns, 1 << 16))
    while !timedPartIsOver(runs: samples.count, ms: total, part: spec.timed) {
      let ms = try predictTimed(loaded)
      samples.append(ms)
      total += ms
      board.count()
    }
    return samples
  }
}

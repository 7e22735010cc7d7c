import Foundation

extension StepRun {
  /// A whole photo, tile after tile. Every tile is timed, the first one too.
  func measure(_ photo: PhotoStep) throws -> PhotoResult {
    let compiled = try compile()
    let before = phone.footprintBytes
    try board.enter(.decoding)
    let decoded = try clock.timed { try pixels(photo.picture) }
    let (loaded, times) = try load(compiled)
    let loadedBytes = phone.footprintBytes
    try board.enter(.tiling)
    let setUp = try clock.timed { () throws -> (pipeline: TilePipeline, canvas: Pixels) in
      let canvas = Pixels(width: photo.picture.width * photo.scale, height: photo.picture.height * photo.scale)
      return (try loaded.tilePipeline(photo, photo: decoded.value), canvas)
    }
    let (pipeline, canvas) = setUp.value
    var prepareMs: [Double] = []
    var predictMs: [Double] = []
    var readMs: [Double] = []
    let total = try clock.timed {
      for tile in photo.tiles {
        try pooled {
          prepareMs.append(try clock.timed { try pipeline.prepare(tile) }.ms)
          predictMs.append(try clock.timed { try pipeline.predict() }.ms)
          readMs.append(try clock.timed { try pipeline.read(tile, into: canvas) }.ms)
        }
        board.count()
      }
    }
    let watch = board.seen()
    let conditions = self.conditions(watch)
    try board.enter(.writing)
    return PhotoResult(
      batch: spec.id, step: photo.id, model: photo.model, unit: photo.unit, attempt: attempt, startedAt: startedAt, finishedAt: finishedAt,
      round: photo.round, order: photo.order, load: times, decodeMs: decoded.ms, setUpMs: setUp.ms, prepareMs: prepareMs, predictMs: predictMs, readMs: readMs,
      totalMs: total.ms, output: try output(canvas, photo), conditions: conditions,
      memory: MemoryFigures(beforeBytes: before, loadedBytes: loadedBytes, peakBytes: watch.peakBytes), warnings: warnings(conditions)
    )
  }

  private func output(_ canvas: Pixels, _ photo: PhotoStep) throws -> OutputRecord? {
    if photo.outputs == .none { return nil }
    let value = OutputValue(name: photo.output.name, dtype: .uint8, dims: [canvas.height, canvas.width, 4], bytes: canvas.data)
    return try record([value], wanted: photo.outputs).first
  }
}

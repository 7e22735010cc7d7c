import Foundation

/// Whether an id may become the name of a file: letters, digits, `.`, `_`, `-`, at most 80, no `.`, `_` or `-` in front.
public func isPlainName(_ name: String) -> Bool {
  guard let first = name.utf8.first, name.utf8.count <= 80 else { return false }
  return isAlphanumeric(first) && name.utf8.allSatisfy { isAlphanumeric($0) || $0 == 0x2e || $0 == 0x5f || $0 == 0x2d }
}

private func isAlphanumeric(_ byte: UInt8) -> Bool {
  return (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
}

func isHash(_ text: String) -> Bool {
  return text.utf8.count == 64 && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}

/// Whether a relative path names something below its folder.
func staysInside(_ path: String) -> Bool {
  if path.contains("\0") || path.contains("\\") { return false }
  return path.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
}

extension Step {
  public var id: String {
    switch self {
    case .block(let step): return step.id
    case .plan(let step): return step.id
    case .sustained(let step): return step.id
    case .photo(let step): return step.id
    }
  }

  public var model: String {
    switch self {
    case .block(let step): return step.model
    case .plan(let step): return step.model
    case .sustained(let step): return step.model
    case .photo(let step): return step.model
    }
  }

  public var unit: ComputeUnit {
    switch self {
    case .block(let step): return step.unit
    case .plan(let step): return step.unit
    case .sustained(let step): return step.unit
    case .photo(let step): return step.unit
    }
  }
}

extension BatchSpec {
  /// What the schemas hold and types cannot: names that may become files, references that lead somewhere, sizes that are sizes.
  func check(named batch: String) throws {
    try require(id == batch, "the batch in the folder \(batch) calls itself \(id)")
    try require(!models.isEmpty && !steps.isEmpty, "no models or no steps")
    try require(attempts >= 1 && heartbeatSeconds > 0, "attempts and heartbeat must be above 0")
    try require((stepsPerLaunch ?? 1) >= 1, "a launch must take a step")
    for model in models {
      try require(isPlainName(model.id) && isHash(model.blob), "the model \(model.id) has no usable id or hash")
      for feed in model.feeds { try check(feed) }
    }
    for step in steps {
      try require(isPlainName(step.id), "a step has no usable id: \(step.id)")
      try require(models.contains { $0.id == step.model }, "step \(step.id) names the model \(step.model), which is not there")
      if case .photo(let photo) = step { try check(photo) }
    }
    try require(Set(models.map { $0.id }).count == models.count, "two models have the same id")
    try require(Set(steps.map { $0.id }).count == steps.count, "two steps have the same id")
  }

  private func check(_ feed: Feed) throws {
    switch feed {
    case .array(let array):
      try require(isHash(array.blob) && !array.dims.isEmpty && array.dims.allSatisfy { $0 > 0 }, "feed \(array.input) has no usable hash or size")
    case .pixels(let pixels):
      try require(isHash(pixels.blob) && pixels.width > 0 && pixels.height > 0, "feed \(pixels.input) has no usable hash or size")
    case .picture(let picture):
      try check(picture.picture)
      try check(picture.face)
    }
  }

  private func check(_ photo: PhotoStep) throws {
    try check(photo.picture)
    try require(photo.tileWidth > 0 && photo.tileHeight > 0 && photo.scale > 0 && !photo.tiles.isEmpty, "step \(photo.id) has no tiles")
    for face in [photo.input.face, photo.output.face].compactMap({ $0 }) { try check(face) }
    try require((photo.input.face == nil) == (photo.input.form == .image), "step \(photo.id): the input's form and face do not go together")
    try require((photo.output.face == nil) == (photo.output.form == .image), "step \(photo.id): the output's form and face do not go together")
    if let face = photo.input.face {
      try require(photo.tileWidth % face.block == 0 && photo.tileHeight % face.block == 0, "step \(photo.id): tiles are no multiple of the block")
    }
    for tile in photo.tiles {
      let keep = tile.keep
      let inPhoto = keep.x >= 0 && keep.y >= 0 && keep.width > 0 && keep.height > 0 && keep.x + keep.width <= photo.picture.width && keep.y + keep.height <= photo.picture.height
      let inTile = keep.x >= tile.x && keep.y >= tile.y && keep.x + keep.width <= tile.x + photo.tileWidth && keep.y + keep.height <= tile.y + photo.tileHeight
      try require(inPhoto && inTile, "step \(photo.id): a tile keeps what it does not see")
    }
  }

  private func check(_ picture: Picture) throws {
    try require(isHash(picture.blob) && picture.width > 0 && picture.height > 0, "a picture has no usable hash or size")
  }

  private func check(_ face: PixelFace) throws {
    let channels = face.channels.count
    let whole = (1...3).contains(channels) && face.scale.count == channels && face.bias.count == channels && face.block > 0
    try require(whole && face.channels.allSatisfy { (0...2).contains($0) }, "channels, scale and bias do not go together")
  }

  private func require(_ holds: Bool, _ message: String) throws {
    if !holds { throw StepError(.unsupported, message) }
  }
}

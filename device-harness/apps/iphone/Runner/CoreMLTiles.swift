import CoreML
import CoreVideo
import Foundation
import RunnerCore

/// Tiles of a photo through a model, in the forms that the step asks for. The input's memory is made once.
final class CoreMLTiles: TilePipeline {
  private let model: MLModel
  private let step: PhotoStep
  private let input: TileInput
  private let output: TileOutput
  private let features: MLFeatureProvider
  private let options = MLPredictionOptions()
  private var result: MLFeatureProvider?

  init(_ model: MLModel, _ step: PhotoStep, _ photo: Pixels) throws {
    self.model = model
    self.step = step
    input = try makeTileInput(model, step, photo)
    output = try makeTileOutput(step)
    features = try MLDictionaryFeatureProvider(dictionary: [step.input.name: input.feature])
  }

  func prepare(_ tile: Tile) throws {
    try input.fill(tile)
  }

  func predict() throws {
    result = try model.prediction(from: features, options: options)
  }

  func read(_ tile: Tile, into canvas: Pixels) throws {
    guard let value = result?.featureValue(for: step.output.name) else { throw StepError(.output, "The prediction gave no output \(step.output.name).") }
    try output.read(tile, from: value, into: canvas)
  }
}

/// Where a tile's pixels become the model's input.
protocol TileInput {
  var feature: MLFeatureValue { get }
  func fill(_ tile: Tile) throws
}

protocol TileOutput {
  func read(_ tile: Tile, from value: MLFeatureValue, into canvas: Pixels) throws
}

private func makeTileInput(_ model: MLModel, _ step: PhotoStep, _ photo: Pixels) throws -> TileInput {
  guard let description = model.modelDescription.inputDescriptionsByName[step.input.name] else { throw StepError(.input, "The model has no input \(step.input.name).") }
  guard let face = step.input.face else { return try ImageTileInput(description, step, photo) }
  let dims = tileDims(face, width: step.tileWidth, height: step.tileHeight, like: description)
  switch step.input.form {
  case .loop: return LoopTileInput(try arrayOf(face, dims), step, photo, face)
  case .strided: return StridedTileInput(try arrayOf(face, dims), step, photo, face)
  case .metal: return try MetalTileInput(dims, step, photo, face)
  case .image: throw StepError(.unsupported, "An image has no face.")
  }
}

private func makeTileOutput(_ step: PhotoStep) throws -> TileOutput {
  guard let face = step.output.face else { return ImageTileOutput(scale: step.scale) }
  switch step.output.form {
  case .loop: return LoopTileOutput(scale: step.scale, face: face)
  case .strided: return StridedTileOutput(scale: step.scale, face: face)
  case .image: throw StepError(.unsupported, "An image has no face.")
  }
}

/// Sizes of the array that holds a tile: four, or three where the model's input has three.
private func tileDims(_ face: PixelFace, width: Int, height: Int, like description: MLFeatureDescription) -> [Int] {
  let channels = face.channels.count * face.block * face.block
  let (rows, columns) = (height / face.block, width / face.block)
  let dims = face.layout == .NCHW ? [channels, rows, columns] : [rows, columns, channels]
  return description.multiArrayConstraint?.shape.count == 3 ? dims : [1] + dims
}

private func arrayOf(_ face: PixelFace, _ dims: [Int]) throws -> MLMultiArray {
  return try MLMultiArray(shape: dims.map { NSNumber(value: $0) }, dataType: face.dtype == .float16 ? .float16 : .float32)
}

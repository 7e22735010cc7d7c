import CoreML
import CoreVideo
import Foundation
import RunnerCore

/// A loaded model with its inputs and outputs in place, so that a prediction does nothing but predict.
final class CoreMLModel: LoadedModel {
  let model: MLModel
  private let options = MLPredictionOptions()
  private var inputs: MLFeatureProvider?
  private var result: MLFeatureProvider?
  private var backings: [String: AnyObject] = [:]

  init(_ model: MLModel) {
    self.model = model
  }

  func prepare(_ feeds: [NamedFeed]) throws -> [MemoryForm] {
    var features: [String: MLFeatureValue] = [:]
    var forms: [MemoryForm] = []
    for feed in feeds {
      guard let description = model.modelDescription.inputDescriptionsByName[feed.input] else {
        let names = model.modelDescription.inputDescriptionsByName.keys.sorted().joined(separator: ", ")
        throw StepError(.input, "The model has no input \(feed.input); it has \(names).")
      }
      let (feature, form) = try makeInput(feed, description)
      features[feed.input] = feature
      forms.append(form)
    }
    inputs = try MLDictionaryFeatureProvider(dictionary: features)
    return forms
  }

  func predict() throws {
    guard let inputs = inputs else { throw StepError(.input, "The model was given no inputs.") }
    result = try model.prediction(from: inputs, options: options)
  }

  func outputs() throws -> [OutputValue] {
    return try outputNames().map { try readOutput($0, try feature($0)) }
  }

  /// Own memory for the outputs, as large as those of the prediction before. Where Core ML refuses it, outputs stay its own.
  func reserveOutputs() throws {
    for name in outputNames() {
      backings[name] = try? makeBacking(try feature(name))
    }
    options.outputBackings = backings
    do {
      try predict()
    } catch {
      options.outputBackings = [:]
      backings = [:]
    }
  }

  func outputForms() throws -> [MemoryForm] {
    return try outputNames().map { name in
      let value = try feature(name)
      if let array = value.multiArrayValue {
        return MemoryForm(
          name: name, dtype: try ArrayDtype(array.dataType), dims: array.shape.map { $0.intValue }, strides: array.strides.map { $0.intValue },
          backing: array === backings[name] ? .own : .coreMl
        )
      }
      guard let image = value.imageBufferValue else { throw StepError(.output, "The output \(name) is neither an array nor an image.") }
      return try imageForm(name, image, backing: image === backings[name] ? .own : .coreMl)
    }
  }

  func tilePipeline(_ step: PhotoStep, photo: Pixels) throws -> TilePipeline {
    return try CoreMLTiles(model, step, photo)
  }

  /// Arrays and images; numbers and dictionaries of classifiers are nothing to compare here.
  private func outputNames() -> [String] {
    let outputs = model.modelDescription.outputDescriptionsByName.filter { $0.value.type == .multiArray || $0.value.type == .image }
    return outputs.keys.sorted()
  }

  private func feature(_ name: String) throws -> MLFeatureValue {
    guard let value = result?.featureValue(for: name) else { throw StepError(.output, "The prediction gave no output \(name).") }
    return value
  }
}

private func makeBacking(_ value: MLFeatureValue) throws -> AnyObject? {
  if let array = value.multiArrayValue { return try MLMultiArray(shape: array.shape, dataType: array.dataType) }
  guard let image = value.imageBufferValue else { return nil }
  return try makeImage(CVPixelBufferGetWidth(image), CVPixelBufferGetHeight(image), CVPixelBufferGetPixelFormatType(image))
}

private func readOutput(_ name: String, _ value: MLFeatureValue) throws -> OutputValue {
  if let array = value.multiArrayValue {
    let dtype = try ArrayDtype(array.dataType)
    let dims = array.shape.map { $0.intValue }
    let strides = array.strides.map { $0.intValue }
    let bytes = try array.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws -> Data in
      guard let base = buffer.baseAddress else { throw StepError(.output, "The output \(name) has no memory.") }
      return gathered(base, dims: dims, strides: strides, bytesPerElement: dtype.bytesPerElement)
    }
    return OutputValue(name: name, dtype: dtype, dims: dims, bytes: bytes)
  }
  guard let image = value.imageBufferValue else { throw StepError(.output, "The output \(name) is neither an array nor an image.") }
  return try readImage(name, image)
}

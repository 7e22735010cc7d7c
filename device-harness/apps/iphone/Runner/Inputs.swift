import CoreML
import CoreVideo
import Foundation
import RunnerCore

/// A feed as the model takes it, and how it lies in memory.
func makeInput(_ feed: NamedFeed, _ description: MLFeatureDescription) throws -> (MLFeatureValue, MemoryForm) {
  switch feed.value {
  case .array(let dtype, let dims, let memory, let bytes):
    guard description.type == .multiArray else { throw StepError(.input, "The input \(feed.input) is no array.") }
    let array = try makeArray(dtype, dims, memory)
    let form = MemoryForm(name: feed.input, dtype: dtype, dims: dims, strides: array.strides.map { $0.intValue }, backing: .own)
    array.withUnsafeMutableBytes { (buffer: UnsafeMutableRawBufferPointer, strides: [Int]) in
      guard let base = buffer.baseAddress else { return }
      bytes.withUnsafeBytes { spread($0, dims: dims, strides: strides, bytesPerElement: dtype.bytesPerElement, to: base) }
    }
    return (MLFeatureValue(multiArray: array), form)
  case .pixels(let format, let width, let height, let bytes):
    guard description.type == .image else { throw StepError(.input, "The input \(feed.input) is no image.") }
    let image = try makeImage(width, height, format.coreVideo)
    let form = try imageForm(feed.input, image, backing: .own)
    try withImageMemory(image, readOnly: false) { base, _ in
      bytes.withUnsafeBytes { spread($0, dims: form.dims, strides: form.strides, bytesPerElement: form.dtype.bytesPerElement, to: base) }
    }
    return (MLFeatureValue(pixelBuffer: image), form)
  }
}

/// `aligned` half-precision arrays lie in an IOSurface, which the Neural Engine reads without a copy; other ones in memory with rows on
/// multiples of 64 bytes.
func makeArray(_ dtype: ArrayDtype, _ dims: [Int], _ memory: ArrayFeedMemory) throws -> MLMultiArray {
  guard let type = dtype.coreML else { throw StepError(.unsupported, "Core ML takes no arrays of \(dtype.rawValue).") }
  let shape = dims.map { NSNumber(value: $0) }
  if memory == .packed { return try MLMultiArray(shape: shape, dataType: type) }
  if dtype == .float16, let columns = dims.last {
    let rows = dims.dropLast().reduce(1, *)
    return MLMultiArray(pixelBuffer: try makeImage(columns, rows, kCVPixelFormatType_OneComponent16Half), shape: shape)
  }
  let steps = strides(dims, memory: memory, bytesPerElement: dtype.bytesPerElement)
  let bytes = span(dims, steps) * dtype.bytesPerElement
  let pointer = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: Pixels.pageBytes)
  pointer.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
  return try MLMultiArray(dataPointer: pointer, shape: shape, dataType: type, strides: steps.map { NSNumber(value: $0) }) { $0.deallocate() }
}

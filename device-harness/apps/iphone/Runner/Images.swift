import CoreVideo
import Foundation
import RunnerCore

/// A pixel buffer that the GPU and the Neural Engine can share.
func makeImage(_ width: Int, _ height: Int, _ format: OSType) throws -> CVPixelBuffer {
  let surface: [String: Any] = [:]
  let attributes: [String: Any] = [kCVPixelBufferIOSurfacePropertiesKey as String: surface]
  var image: CVPixelBuffer?
  let code = CVPixelBufferCreate(kCFAllocatorDefault, width, height, format, attributes as CFDictionary, &image)
  guard code == kCVReturnSuccess, let made = image else { throw StepError(.input, "No image of \(width)×\(height) pixels could be made: error \(code).") }
  return made
}

/// The image's memory while `body` runs.
func withImageMemory<Result>(_ image: CVPixelBuffer, readOnly: Bool, _ body: (UnsafeMutableRawPointer, Int) throws -> Result) throws -> Result {
  let flags: CVPixelBufferLockFlags = readOnly ? [.readOnly] : []
  let code = CVPixelBufferLockBaseAddress(image, flags)
  guard code == kCVReturnSuccess else { throw StepError(.output, "An image's memory cannot be read: error \(code).") }
  defer { CVPixelBufferUnlockBaseAddress(image, flags) }
  guard let base = CVPixelBufferGetBaseAddress(image) else { throw StepError(.output, "An image has no memory.") }
  return try body(base, CVPixelBufferGetBytesPerRow(image))
}

/// What the pixels of a format are as an array.
struct ImageFormat {
  let dtype: ArrayDtype
  let channels: Int

  init(_ format: OSType) throws {
    switch format {
    case kCVPixelFormatType_32BGRA: (dtype, channels) = (.uint8, 4)
    case kCVPixelFormatType_OneComponent8: (dtype, channels) = (.uint8, 1)
    case kCVPixelFormatType_OneComponent16Half: (dtype, channels) = (.float16, 1)
    default: throw StepError(.unsupported, "Images of format \(format) are not known to the runner.")
    }
  }

  var bytesPerPixel: Int { return channels * dtype.bytesPerElement }
}

extension PixelsFeedFormat {
  var coreVideo: OSType {
    switch self {
    case .bgra8: return kCVPixelFormatType_32BGRA
    case .gray8: return kCVPixelFormatType_OneComponent8
    case .gray16f: return kCVPixelFormatType_OneComponent16Half
    }
  }
}

func imageForm(_ name: String, _ image: CVPixelBuffer, backing: MemoryFormBacking) throws -> MemoryForm {
  let format = try ImageFormat(CVPixelBufferGetPixelFormatType(image))
  let dims = [CVPixelBufferGetHeight(image), CVPixelBufferGetWidth(image), format.channels]
  let rowElements = CVPixelBufferGetBytesPerRow(image) / format.dtype.bytesPerElement
  return MemoryForm(name: name, dtype: format.dtype, dims: dims, strides: [rowElements, format.channels, 1], backing: backing)
}

func readImage(_ name: String, _ image: CVPixelBuffer) throws -> OutputValue {
  let form = try imageForm(name, image, backing: .coreMl)
  let bytes = try withImageMemory(image, readOnly: true) { base, _ in
    gathered(UnsafeRawPointer(base), dims: form.dims, strides: form.strides, bytesPerElement: form.dtype.bytesPerElement)
  }
  return OutputValue(name: name, dtype: form.dtype, dims: form.dims, bytes: bytes)
}

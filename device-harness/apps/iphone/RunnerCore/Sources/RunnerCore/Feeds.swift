import Foundation

extension StepRun {
  /// The model's inputs with their values, checked against the sizes that the batch states.
  func feeds() throws -> [NamedFeed] {
    return try model.feeds.map(value)
  }

  /// The pixels of a picture, from a file that the system decodes or as they are.
  func pixels(_ picture: Picture) throws -> Pixels {
    let url = try blob(picture.blob)
    switch picture.encoding {
    case .encoded: return try runtime.decode(url, width: picture.width, height: picture.height)
    case .rgba8: return try Pixels(width: picture.width, height: picture.height, rgba: try Data(contentsOf: url, options: .mappedIfSafe))
    }
  }

  private func value(_ feed: Feed) throws -> NamedFeed {
    switch feed {
    case .array(let array):
      let bytes = try contents(array.blob, of: array.input, count: array.dims.reduce(array.dtype.bytesPerElement, *))
      return NamedFeed(input: array.input, value: .array(dtype: array.dtype, dims: array.dims, memory: array.memory, bytes: bytes))
    case .pixels(let pixels):
      let bytes = try contents(pixels.blob, of: pixels.input, count: pixels.width * pixels.height * pixels.format.bytesPerPixel)
      return NamedFeed(input: pixels.input, value: .pixels(format: pixels.format, width: pixels.width, height: pixels.height, bytes: bytes))
    case .picture(let picture):
      let array = try pixelArray(try pixels(picture.picture), picture.face)
      let dtype: ArrayDtype = picture.face.dtype == .float16 ? .float16 : .float32
      return NamedFeed(input: picture.input, value: .array(dtype: dtype, dims: array.dims, memory: .packed, bytes: array.bytes))
    }
  }

  private func contents(_ blob: String, of input: String, count: Int) throws -> Data {
    let data = try Data(contentsOf: try self.blob(blob), options: .mappedIfSafe)
    guard data.count == count else { throw StepError(.input, "The feed of \(input) has \(data.count) bytes, and its size asks for \(count).") }
    return data
  }
}

extension Feed {
  var blob: String {
    switch self {
    case .array(let feed): return feed.blob
    case .pixels(let feed): return feed.blob
    case .picture(let feed): return feed.picture.blob
    }
  }
}

import CoreML
import CoreVideo
import Foundation
import RunnerCore

struct ImageTileInput: TileInput {
  let feature: MLFeatureValue
  private let image: CVPixelBuffer
  private let step: PhotoStep
  private let photo: Pixels
  private let bytesPerPixel: Int

  init(_ description: MLFeatureDescription, _ step: PhotoStep, _ photo: Pixels) throws {
    guard let constraint = description.imageConstraint else { throw StepError(.input, "The input \(step.input.name) is no image.") }
    let format = try ImageFormat(constraint.pixelFormatType)
    guard format.dtype == .uint8 else { throw StepError(.unsupported, "Tiles are 8-bit images; the input \(step.input.name) takes half precision.") }
    image = try makeImage(step.tileWidth, step.tileHeight, constraint.pixelFormatType)
    feature = MLFeatureValue(pixelBuffer: image)
    bytesPerPixel = format.bytesPerPixel
    self.step = step
    self.photo = photo
  }

  func fill(_ tile: Tile) throws {
    try withImageMemory(image, readOnly: false) { base, rowBytes in
      copyTile(photo, x: tile.x, y: tile.y, width: step.tileWidth, height: step.tileHeight, to: base, rowBytes: rowBytes, bytesPerPixel: bytesPerPixel)
    }
  }
}

/// Element by element through `NSNumber`, as it is often written. It is here to be compared with.
struct LoopTileInput: TileInput {
  let feature: MLFeatureValue
  private let array: MLMultiArray
  private let step: PhotoStep
  private let photo: Pixels
  private let face: PixelFace

  init(_ array: MLMultiArray, _ step: PhotoStep, _ photo: Pixels, _ face: PixelFace) {
    self.array = array
    self.step = step
    self.photo = photo
    self.face = face
    feature = MLFeatureValue(multiArray: array)
  }

  func fill(_ tile: Tile) throws {
    let block = face.block
    for row in 0..<step.tileHeight {
      let y = min(max(tile.y + row, 0), photo.height - 1)
      for column in 0..<step.tileWidth {
        let x = min(max(tile.x + column, 0), photo.width - 1)
        for k in 0..<face.channels.count {
          let byte = photo.bytes[(y * photo.width + x) * 4 + face.channels[k]]
          let product = Float(byte) * Float(face.scale[k])
          let channel = blockChannel(face, k, row % block, column % block)
          array[place(array, face, channel, row / block, column / block)] = NSNumber(value: product + Float(face.bias[k]))
        }
      }
    }
  }
}

struct StridedTileInput: TileInput {
  let feature: MLFeatureValue
  private let array: MLMultiArray
  private let step: PhotoStep
  private let photo: Pixels
  private let face: PixelFace
  private let writer: PixelWriter

  init(_ array: MLMultiArray, _ step: PhotoStep, _ photo: Pixels, _ face: PixelFace) {
    self.array = array
    self.step = step
    self.photo = photo
    self.face = face
    writer = PixelWriter(face)
    feature = MLFeatureValue(multiArray: array)
  }

  func fill(_ tile: Tile) throws {
    try array.withUnsafeMutableBytes { (buffer: UnsafeMutableRawBufferPointer, strides: [Int]) throws in
      guard let base = buffer.baseAddress else { throw StepError(.input, "The input's array has no memory.") }
      let target = try PixelArray(memory: base, strides: strides, layout: face.layout)
      writer.write(photo, x: tile.x, y: tile.y, width: step.tileWidth, height: step.tileHeight, to: target)
    }
  }
}

struct ImageTileOutput: TileOutput {
  let scale: Int

  func read(_ tile: Tile, from value: MLFeatureValue, into canvas: Pixels) throws {
    guard let image = value.imageBufferValue else { throw StepError(.output, "The output is no image.") }
    let format = try ImageFormat(CVPixelBufferGetPixelFormatType(image))
    guard format.dtype == .uint8 else { throw StepError(.unsupported, "Tiles are 8-bit images; the output is half precision.") }
    try withImageMemory(image, readOnly: true) { base, rowBytes in
      copyKept(tile, scale: scale, from: UnsafeRawPointer(base), rowBytes: rowBytes, bytesPerPixel: format.bytesPerPixel, to: canvas)
    }
  }
}

/// Element by element through `NSNumber`.
struct LoopTileOutput: TileOutput {
  let scale: Int
  let face: PixelFace

  func read(_ tile: Tile, from value: MLFeatureValue, into canvas: Pixels) throws {
    guard let array = value.multiArrayValue else { throw StepError(.output, "The output is no array.") }
    let block = face.block
    for row in 0..<tile.keep.height * scale {
      let y = (tile.keep.y - tile.y) * scale + row
      for column in 0..<tile.keep.width * scale {
        let x = (tile.keep.x - tile.x) * scale + column
        let at = ((tile.keep.y * scale + row) * canvas.width + tile.keep.x * scale + column) * 4
        for k in 0..<face.channels.count {
          let channel = blockChannel(face, k, y % block, x % block)
          let element = array[place(array, face, channel, y / block, x / block)].floatValue
          let byte = pixelByte(element, face, k)
          if face.channels.count > 1 {
            canvas.bytes[at + face.channels[k]] = byte
          } else {
            for c in 0..<3 { canvas.bytes[at + c] = byte }
          }
        }
        canvas.bytes[at + 3] = 255
      }
    }
  }
}

final class StridedTileOutput: TileOutput {
  private let scale: Int
  private let face: PixelFace
  private let reader: PixelReader

  init(scale: Int, face: PixelFace) {
    self.scale = scale
    self.face = face
    reader = PixelReader(face)
  }

  func read(_ tile: Tile, from value: MLFeatureValue, into canvas: Pixels) throws {
    guard let array = value.multiArrayValue else { throw StepError(.output, "The output is no array.") }
    let type = try ArrayDtype(array.dataType)
    guard type.rawValue == face.dtype.rawValue else { throw StepError(.output, "The output is \(type.rawValue), and the batch says \(face.dtype.rawValue).") }
    let strides = array.strides.map { $0.intValue }
    try array.withUnsafeBytes { (buffer: UnsafeRawBufferPointer) throws in
      guard let base = buffer.baseAddress else { throw StepError(.output, "The output has no memory.") }
      let source = try PixelArray(memory: UnsafeMutableRawPointer(mutating: base), strides: strides, layout: face.layout)
      reader.read(tile, scale: scale, from: source, to: canvas)
    }
  }
}

private func place(_ array: MLMultiArray, _ face: PixelFace, _ channel: Int, _ row: Int, _ column: Int) -> [NSNumber] {
  let last = face.layout == .NCHW ? [channel, row, column] : [row, column, channel]
  let all = array.shape.count == 3 ? last : [0] + last
  return all.map { NSNumber(value: $0) }
}

import Foundation

/// An array of pixels in memory: where its channels, rows and columns lie, in elements.
public struct PixelArray {
  public let memory: UnsafeMutableRawPointer
  public let channelStride: Int
  public let rowStride: Int
  public let columnStride: Int

  /// Of an array of rank 3 or 4 whose first of four dimensions is 1.
  public init(memory: UnsafeMutableRawPointer, strides: [Int], layout: PixelFaceLayout) throws {
    guard strides.count == 3 || strides.count == 4 else { throw StepError(.unsupported, "Pixels have no place in an array of rank \(strides.count).") }
    let last = Array(strides.suffix(3))
    self.memory = memory
    switch layout {
    case .NCHW: (channelStride, rowStride, columnStride) = (last[0], last[1], last[2])
    case .NHWC: (rowStride, columnStride, channelStride) = (last[0], last[1], last[2])
    }
  }
}

/// 8-bit pixels to elements of an array, as a face says: tables with one entry a byte, so that each pixel is two look-ups.
public struct PixelWriter {
  private let face: PixelFace
  private let tables: [[UInt32]]

  public init(_ face: PixelFace) {
    self.face = face
    tables = (0..<face.channels.count).map { k in
      (0..<256).map { byte in
        let product = Float(byte) * Float(face.scale[k])
        let value = product + Float(face.bias[k])
        return face.dtype == .float16 ? UInt32(halfBits(value)) : value.bitPattern
      }
    }
  }

  /// The elements of channel `k` by byte, as bits: for kernels that look them up themselves.
  public func table(_ k: Int) -> [UInt32] { return tables[k] }

  /// The tile of `width` × `height` pixels at (x, y); what lies outside the photo repeats its border.
  public func write(_ photo: Pixels, x: Int, y: Int, width: Int, height: Int, to array: PixelArray) {
    let columns = photo.columns(from: x, count: width)
    let block = face.block
    for row in 0..<height {
      let source = photo.row(y + row) * photo.width
      for (i, column) in columns.enumerated() {
        let pixel = (source + column) * 4
        for k in 0..<face.channels.count {
          let channel = blockChannel(face, k, row % block, i % block)
          let offset = channel * array.channelStride + row / block * array.rowStride + i / block * array.columnStride
          let bits = tables[k][Int(photo.bytes[pixel + face.channels[k]])]
          if face.dtype == .float16 {
            array.memory.storeBytes(of: UInt16(truncatingIfNeeded: bits), toByteOffset: 2 * offset, as: UInt16.self)
          } else {
            array.memory.storeBytes(of: bits, toByteOffset: 4 * offset, as: UInt32.self)
          }
        }
      }
    }
  }
}

/// Elements of an array to 8-bit pixels, as a face says. Half-precision ones through a table of all 65,536.
public struct PixelReader {
  private let face: PixelFace
  private let tables: [[UInt8]]

  public init(_ face: PixelFace) {
    self.face = face
    tables = face.dtype == .float32 ? [] : (0..<face.channels.count).map { k in
      (0...UInt16.max).map { pixelByte(floatFromHalf($0), face, k) }
    }
  }

  /// What a tile keeps, to its place in the canvas.
  public func read(_ tile: Tile, scale: Int, from array: PixelArray, to canvas: Pixels) {
    let left = (tile.keep.x - tile.x) * scale
    let top = (tile.keep.y - tile.y) * scale
    let block = face.block
    for row in 0..<tile.keep.height * scale {
      var at = ((tile.keep.y * scale + row) * canvas.width + tile.keep.x * scale) * 4
      for column in 0..<tile.keep.width * scale {
        let (y, x) = (top + row, left + column)
        for k in 0..<face.channels.count {
          let offset = blockChannel(face, k, y % block, x % block) * array.channelStride + y / block * array.rowStride + x / block * array.columnStride
          store(byte(array, offset, k), k, at, canvas)
        }
        canvas.bytes[at + 3] = 255
        at += 4
      }
    }
  }

  private func byte(_ array: PixelArray, _ offset: Int, _ k: Int) -> UInt8 {
    if face.dtype == .float16 { return tables[k][Int(array.memory.load(fromByteOffset: 2 * offset, as: UInt16.self))] }
    return pixelByte(array.memory.load(fromByteOffset: 4 * offset, as: Float.self), face, k)
  }

  /// A single channel is grey.
  private func store(_ byte: UInt8, _ k: Int, _ at: Int, _ canvas: Pixels) {
    if face.channels.count > 1 {
      canvas.bytes[at + face.channels[k]] = byte
    } else {
      for c in 0..<3 { canvas.bytes[at + c] = byte }
    }
  }
}

/// Rounded with ties to even and held within 0 and 255; what is no number is 0.
public func pixelByte(_ value: Float, _ face: PixelFace, _ k: Int) -> UInt8 {
  let product = value * Float(face.scale[k])
  let level = (product + Float(face.bias[k])).rounded(.toNearestOrEven)
  return level >= 255 ? 255 : level > 0 ? UInt8(level) : 0
}

/// Channel of the array for channel `k` of a face and the pixel (i, j) of a block.
public func blockChannel(_ face: PixelFace, _ k: Int, _ i: Int, _ j: Int) -> Int {
  switch face.order {
  case .CRD: return (k * face.block + i) * face.block + j
  case .DCR: return (i * face.block + j) * face.channels.count + k
  }
}

/// A picture as the array that a face makes of it, without gaps: its dimensions and bytes.
public func pixelArray(_ photo: Pixels, _ face: PixelFace) throws -> (dims: [Int], bytes: Data) {
  let block = face.block
  guard photo.width % block == 0 && photo.height % block == 0 else { throw StepError(.input, "A picture of \(photo.width)×\(photo.height) pixels is no multiple of \(block).") }
  let channels = face.channels.count * block * block
  let (rows, columns) = (photo.height / block, photo.width / block)
  let dims = face.layout == .NCHW ? [1, channels, rows, columns] : [1, rows, columns, channels]
  let bytesPerElement = face.dtype == .float16 ? 2 : 4
  var data = Data(count: dims.reduce(bytesPerElement, *))
  try data.withUnsafeMutableBytes { (buffer: UnsafeMutableRawBufferPointer) in
    guard let memory = buffer.baseAddress else { return }
    let array = try PixelArray(memory: memory, strides: strides(dims, memory: .packed, bytesPerElement: bytesPerElement), layout: face.layout)
    PixelWriter(face).write(photo, x: 0, y: 0, width: photo.width, height: photo.height, to: array)
  }
  return (dims, data)
}

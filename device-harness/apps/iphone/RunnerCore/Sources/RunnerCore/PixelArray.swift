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

/// Offsets in an array of pixels, in elements: that of channel `k` of a face at pixel (x, y) is the sum of three.
struct PixelOffsets {
  let channels: [Int]
  private let array: PixelArray
  private let block: Int
  private let rowInBlock: Int
  private let columnInBlock: Int

  init(_ face: PixelFace, _ array: PixelArray) {
    self.array = array
    block = face.block
    channels = (0..<face.channels.count).map { blockChannel(face, $0, 0, 0) * array.channelStride }
    rowInBlock = face.block > 1 ? blockChannel(face, 0, 1, 0) * array.channelStride : 0
    columnInBlock = face.block > 1 ? blockChannel(face, 0, 0, 1) * array.channelStride : 0
  }

  func row(_ y: Int) -> Int { return y / block * array.rowStride + y % block * rowInBlock }
  func column(_ x: Int) -> Int { return x / block * array.columnStride + x % block * columnInBlock }
}

/// 8-bit pixels to elements of an array, as a face says, by tables with one entry a byte.
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
    let offsets = PixelOffsets(face, array)
    let places = photo.columns(from: x, count: width).enumerated().map { (source: 4 * $0.element, target: offsets.column($0.offset)) }
    for row in 0..<height {
      let pixels = UnsafeRawPointer(photo.start).advanced(by: photo.row(y + row) * photo.width * 4)
      for k in 0..<face.channels.count {
        let start = offsets.row(row) + offsets.channels[k]
        let channel = pixels.advanced(by: face.channels[k]).assumingMemoryBound(to: UInt8.self)
        switch face.dtype {
        case .float16: fill(array.memory.assumingMemoryBound(to: UInt16.self).advanced(by: start), channel, places, tables[k])
        case .float32: fill(array.memory.assumingMemoryBound(to: UInt32.self).advanced(by: start), channel, places, tables[k])
        }
      }
    }
  }

  private func fill<Element: FixedWidthInteger>(_ target: UnsafeMutablePointer<Element>, _ bytes: UnsafePointer<UInt8>, _ places: [(source: Int, target: Int)], _ table: [UInt32]) {
    table.withUnsafeBufferPointer { table in
      for place in places { target[place.target] = Element(truncatingIfNeeded: table[Int(bytes[place.source])]) }
    }
  }
}

/// Elements of an array to 8-bit pixels, as a face says. Half-precision ones by a table of all 65,536.
public struct PixelReader {
  private let face: PixelFace
  private let tables: [[UInt8]]

  public init(_ face: PixelFace) {
    self.face = face
    tables = face.dtype == .float32 ? [] : (0..<face.channels.count).map { k in
      (0...UInt16.max).map { pixelByte(floatFromHalf($0), face, k) }
    }
  }

  /// What a tile keeps, to its place in the canvas. A single channel is grey.
  public func read(_ tile: Tile, scale: Int, from array: PixelArray, to canvas: Pixels) {
    let offsets = PixelOffsets(face, array)
    let left = (tile.keep.x - tile.x) * scale
    let top = (tile.keep.y - tile.y) * scale
    let columns = (0..<tile.keep.width * scale).map { offsets.column(left + $0) }
    for row in 0..<tile.keep.height * scale {
      let target = canvas.start.advanced(by: ((tile.keep.y * scale + row) * canvas.width + tile.keep.x * scale) * 4)
      for k in 0..<face.channels.count {
        let start = offsets.row(top + row) + offsets.channels[k]
        read(array.memory, start, columns, k, to: target.advanced(by: face.channels.count > 1 ? face.channels[k] : 0))
      }
      for column in 0..<columns.count {
        if face.channels.count == 1 {
          target[4 * column + 1] = target[4 * column]
          target[4 * column + 2] = target[4 * column]
        }
        target[4 * column + 3] = 255
      }
    }
  }

  private func read(_ memory: UnsafeMutableRawPointer, _ start: Int, _ columns: [Int], _ k: Int, to target: UnsafeMutablePointer<UInt8>) {
    switch face.dtype {
    case .float16:
      let source = memory.assumingMemoryBound(to: UInt16.self).advanced(by: start)
      tables[k].withUnsafeBufferPointer { table in
        for (i, column) in columns.enumerated() { target[4 * i] = table[Int(source[column])] }
      }
    case .float32:
      let source = memory.assumingMemoryBound(to: Float.self).advanced(by: start)
      for (i, column) in columns.enumerated() { target[4 * i] = pixelByte(source[column], face, k) }
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

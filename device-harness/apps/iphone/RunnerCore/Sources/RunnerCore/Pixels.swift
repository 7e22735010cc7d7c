import Foundation

/// RGBA bytes without gaps, in memory that a GPU can share: on a page boundary, in whole pages.
public final class Pixels {
  public static let pageBytes = 16384

  public let width: Int
  public let height: Int
  public let bytes: UnsafeMutableBufferPointer<UInt8>
  /// `bytes` rounded up to whole pages.
  public let allocatedBytes: Int
  private let memory: UnsafeMutableRawPointer

  /// Black and clear.
  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
    let count = width * height * 4
    allocatedBytes = max(1, (count + Pixels.pageBytes - 1) / Pixels.pageBytes) * Pixels.pageBytes
    memory = UnsafeMutableRawPointer.allocate(byteCount: allocatedBytes, alignment: Pixels.pageBytes)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: allocatedBytes)
    bytes = UnsafeMutableBufferPointer(start: memory.assumingMemoryBound(to: UInt8.self), count: count)
  }

  public convenience init(width: Int, height: Int, rgba: Data) throws {
    guard rgba.count == width * height * 4 else {
      throw StepError(.picture, "A picture of \(width)×\(height) pixels has \(rgba.count) bytes.")
    }
    self.init(width: width, height: height)
    _ = rgba.copyBytes(to: bytes)
  }

  deinit {
    memory.deallocate()
  }

  /// The first byte.
  public var start: UnsafeMutablePointer<UInt8> { return memory.assumingMemoryBound(to: UInt8.self) }

  public var data: Data { return Data(buffer: bytes) }

  /// Columns `x` and on that lie in the picture, what is outside repeating the border.
  func columns(from x: Int, count: Int) -> [Int] {
    return (0..<count).map { min(max(x + $0, 0), width - 1) }
  }

  func row(_ y: Int) -> Int {
    return min(max(y, 0), height - 1)
  }
}

/// Copies a tile into an image of BGRA pixels (`bytesPerPixel` 4) or of grey ones (1, from red).
public func copyTile(_ photo: Pixels, x: Int, y: Int, width: Int, height: Int, to image: UnsafeMutableRawPointer, rowBytes: Int, bytesPerPixel: Int) {
  let columns = photo.columns(from: x, count: width)
  for row in 0..<height {
    let source = photo.row(y + row) * photo.width
    let target = image.advanced(by: row * rowBytes).assumingMemoryBound(to: UInt8.self)
    for (i, column) in columns.enumerated() {
      let from = (source + column) * 4
      if bytesPerPixel == 1 {
        target[i] = photo.bytes[from]
      } else {
        target[4 * i] = photo.bytes[from + 2]
        target[4 * i + 1] = photo.bytes[from + 1]
        target[4 * i + 2] = photo.bytes[from]
        target[4 * i + 3] = 255
      }
    }
  }
}

/// Copies what a tile keeps from an image of BGRA (4) or grey (1) pixels to its place in the canvas, `scale` pixels for one, a side.
public func copyKept(_ tile: Tile, scale: Int, from image: UnsafeRawPointer, rowBytes: Int, bytesPerPixel: Int, to canvas: Pixels) {
  let left = (tile.keep.x - tile.x) * scale
  let top = (tile.keep.y - tile.y) * scale
  for row in 0..<tile.keep.height * scale {
    let source = image.advanced(by: (top + row) * rowBytes + left * bytesPerPixel).assumingMemoryBound(to: UInt8.self)
    var at = ((tile.keep.y * scale + row) * canvas.width + tile.keep.x * scale) * 4
    for i in 0..<tile.keep.width * scale {
      let grey = bytesPerPixel == 1
      canvas.bytes[at] = grey ? source[i] : source[4 * i + 2]
      canvas.bytes[at + 1] = grey ? source[i] : source[4 * i + 1]
      canvas.bytes[at + 2] = grey ? source[i] : source[4 * i]
      canvas.bytes[at + 3] = 255
      at += 4
    }
  }
}

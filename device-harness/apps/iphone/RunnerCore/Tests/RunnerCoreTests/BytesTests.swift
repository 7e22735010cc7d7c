import Foundation
import XCTest
@testable import RunnerCore

final class BytesTests: XCTestCase {
  private struct HashCase: Decodable {
    let length: Int
    let sha256: String
  }

  private struct HalfCases: Decodable {
    let toHalf: [[UInt32]]
    let fromHalf: [[Double]]
  }

  private struct PixelCase: Decodable {
    let face: PixelFace
    let width: Int
    let height: Int
    let rgba: String
    let dims: [Int]
    let array: String
  }

  func testHashesInPiecesOfAnySize() throws {
    for one in try Fixture.read([HashCase].self, "hashes.json") {
      let message = Data((0..<one.length).map { UInt8((7 * $0 + one.length) & 255) })
      for piece in [1, 63, 64, 65, 1000, 1 << 20] where piece > 1 || one.length < 200 {
        var own = PortableSHA256()
        var hash = ContentHash()
        for start in stride(from: 0, to: message.count, by: piece) {
          let part = message[start..<min(start + piece, message.count)]
          part.withUnsafeBytes { own.update($0) }
          hash.update(part)
        }
        XCTAssertEqual(hexadecimal(own.finish()), one.sha256, "\(one.length) bytes in pieces of \(piece)")
        XCTAssertEqual(hash.hex(), one.sha256)
      }
    }
  }

  func testHalfPrecision() throws {
    let cases = try Fixture.read(HalfCases.self, "half.json")
    for pair in cases.toHalf { XCTAssertEqual(UInt32(halfBits(Float(bitPattern: pair[0]))), pair[1], "\(Float(bitPattern: pair[0]))") }
    for pair in cases.fromHalf { XCTAssertEqual(floatFromHalf(UInt16(pair[0])), Float(pair[1])) }
    for bits in UInt16.min...UInt16.max where bits & 0x7fff <= 0x7c00 { XCTAssertEqual(halfBits(floatFromHalf(bits)), bits) }
    XCTAssertTrue(floatFromHalf(0x7e01).isNaN)
    XCTAssertEqual(halfBits(.nan) & 0x7fff, 0x7e00)
  }

  func testPicturesBecomeTheArraysThatTheHostExpects() throws {
    for one in try Fixture.read([PixelCase].self, "pixels.json") {
      let photo = try Pixels(width: one.width, height: one.height, rgba: bytes(one.rgba))
      let array = try pixelArray(photo, one.face)
      XCTAssertEqual(array.dims, one.dims)
      XCTAssertEqual(array.bytes, bytes(one.array), "\(one.face)")
    }
  }

  /// Into an array and back, in tiles that overlap and stand out over the border, with strides that have gaps.
  func testTilesComeBackToTheirPlaces() throws {
    var rgba = Data()
    for i in 0..<60 {
      let pixel: [Int] = [i * 4, 255 - i, i * i % 256, 255]
      rgba.append(contentsOf: pixel.map { UInt8($0) })
    }
    let into: [Double] = [1.0 / 255, 1.0 / 255, 1.0 / 255]
    let photo = try Pixels(width: 10, height: 6, rgba: rgba)
    let tiles = [
      Tile(x: -2, y: -2, keep: PhotoArea(x: 0, y: 0, width: 4, height: 4)), Tile(x: 2, y: -2, keep: PhotoArea(x: 4, y: 0, width: 4, height: 5)),
      Tile(x: 6, y: 0, keep: PhotoArea(x: 8, y: 0, width: 2, height: 6)), Tile(x: 0, y: 2, keep: PhotoArea(x: 0, y: 4, width: 4, height: 2)),
      Tile(x: 3, y: 0, keep: PhotoArea(x: 4, y: 5, width: 4, height: 1)),
    ]
    for dtype in [PixelFaceDtype.float16, .float32] {
      for layout in [PixelFaceLayout.NCHW, .NHWC] {
        for order in [PixelFaceOrder.CRD, .DCR] {
          let face = PixelFace(channels: [2, 0, 1], scale: into, bias: [-0.5, 0, 0.25], layout: layout, dtype: dtype, block: 2, order: order)
          let back = PixelFace(channels: [2, 0, 1], scale: [255, 255, 255], bias: [127.5, 0, -63.75], layout: layout, dtype: dtype, block: 2, order: order)
          let canvas = Pixels(width: 10, height: 6)
          let dims = layout == .NCHW ? [1, 12, 4, 4] : [1, 4, 4, 12]
          let steps = strides(dims, memory: .aligned, bytesPerElement: dtype == .float16 ? 2 : 4)
          let memory = UnsafeMutableRawPointer.allocate(byteCount: 4 * span(dims, steps), alignment: 64)
          defer { memory.deallocate() }
          let array = try PixelArray(memory: memory, strides: steps, layout: layout)
          for tile in tiles {
            PixelWriter(face).write(photo, x: tile.x, y: tile.y, width: 8, height: 8, to: array)
            PixelReader(back).read(tile, scale: 1, from: array, to: canvas)
          }
          XCTAssertEqual(canvas.data, photo.data, "\(dtype) \(layout) \(order)")
        }
      }
    }
  }

  func testImageTiles() throws {
    let values: [Int] = (0..<24).map { $0 % 4 == 3 ? 255 : $0 }
    let photo = try Pixels(width: 3, height: 2, rgba: Data(values.map { UInt8($0) }))
    let image = UnsafeMutableRawPointer.allocate(byteCount: 64 * 4, alignment: 64)
    defer { image.deallocate() }
    copyTile(photo, x: -1, y: 0, width: 5, height: 4, to: image, rowBytes: 64, bytesPerPixel: 4)
    XCTAssertEqual((0..<20).map { image.load(fromByteOffset: $0, as: UInt8.self) }, [2, 1, 0, 255, 2, 1, 0, 255, 6, 5, 4, 255, 10, 9, 8, 255, 10, 9, 8, 255])
    let canvas = Pixels(width: 3, height: 2)
    copyKept(Tile(x: -1, y: 0, keep: PhotoArea(x: 0, y: 0, width: 3, height: 2)), scale: 1, from: UnsafeRawPointer(image), rowBytes: 64, bytesPerPixel: 4, to: canvas)
    XCTAssertEqual(canvas.data, photo.data)
  }

  func testStridesAndGaps() {
    XCTAssertEqual(strides([2, 3, 5], memory: .packed, bytesPerElement: 2), [15, 5, 1])
    XCTAssertEqual(strides([2, 3, 5], memory: .aligned, bytesPerElement: 2), [96, 32, 1])
    XCTAssertEqual(strides([2, 3, 33], memory: .aligned, bytesPerElement: 2), [192, 64, 1])
    XCTAssertEqual(strides([7], memory: .aligned, bytesPerElement: 4), [1])
    let packed = Data((0..<60).map { UInt8($0) })
    for steps in [[96, 32, 1], [1, 2, 6], [40, 4, 13]] {
      let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * span([2, 3, 5], steps), alignment: 64)
      defer { memory.deallocate() }
      packed.withUnsafeBytes { spread($0, dims: [2, 3, 5], strides: steps, bytesPerElement: 2, to: memory) }
      XCTAssertEqual(memory.load(fromByteOffset: 2 * (steps[0] + 2 * steps[1] + 3 * steps[2]), as: UInt8.self), 2 * (15 + 10 + 3), "\(steps)")
      XCTAssertEqual(gathered(UnsafeRawPointer(memory), dims: [2, 3, 5], strides: steps, bytesPerElement: 2), packed)
    }
    var scalar: UInt32 = 5
    XCTAssertEqual(withUnsafeBytes(of: &scalar) { gathered($0.baseAddress!, dims: [], strides: [], bytesPerElement: 4) }, Data([5, 0, 0, 0]))
  }
}

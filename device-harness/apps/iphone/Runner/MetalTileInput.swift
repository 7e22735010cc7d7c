import CoreML
import Foundation
import Metal
import RunnerCore

/// Tiles prepared by a kernel on the GPU, straight into the memory that Core ML reads.
final class MetalTileInput: TileInput {
  let feature: MLFeatureValue
  private let step: PhotoStep
  private let queue: MTLCommandQueue
  private let pipeline: MTLComputePipelineState
  private let photoBuffer: MTLBuffer
  private let arrayBuffer: MTLBuffer
  private let tableBuffer: MTLBuffer
  /// Its memory is the photo buffer's.
  private let photo: Pixels
  private var parameters: TileParameters

  init(_ dims: [Int], _ step: PhotoStep, _ photo: Pixels, _ face: PixelFace) throws {
    guard let device = MTLCreateSystemDefaultDevice(), let queue = device.makeCommandQueue(), let library = device.makeDefaultLibrary() else {
      throw StepError(.unsupported, "Metal is not available.")
    }
    let name = face.dtype == .float16 ? "prepareTileHalf" : "prepareTileFloat"
    guard let function = library.makeFunction(name: name) else { throw StepError(.internal, "The app has no kernel \(name).") }
    let bytesPerElement = face.dtype == .float16 ? 2 : 4
    let steps = strides(dims, memory: .aligned, bytesPerElement: bytesPerElement)
    let tables = (0..<face.channels.count).flatMap { PixelWriter(face).table($0) }
    guard let photoBuffer = device.makeBuffer(bytesNoCopy: UnsafeMutableRawPointer(photo.start), length: photo.allocatedBytes, options: .storageModeShared, deallocator: nil),
      let arrayBuffer = device.makeBuffer(length: span(dims, steps) * bytesPerElement, options: .storageModeShared),
      let tableBuffer = device.makeBuffer(bytes: tables, length: tables.count * MemoryLayout<UInt32>.stride, options: .storageModeShared)
    else { throw StepError(.input, "No memory for a tile on the GPU.") }
    let array = try MLMultiArray(
      dataPointer: arrayBuffer.contents(), shape: dims.map { NSNumber(value: $0) }, dataType: face.dtype == .float16 ? .float16 : .float32,
      strides: steps.map { NSNumber(value: $0) }, deallocator: nil
    )
    self.step = step
    self.queue = queue
    self.photo = photo
    self.photoBuffer = photoBuffer
    self.arrayBuffer = arrayBuffer
    self.tableBuffer = tableBuffer
    pipeline = try device.makeComputePipelineState(function: function)
    feature = MLFeatureValue(multiArray: array)
    parameters = TileParameters(step, photo, face, steps)
  }

  func fill(_ tile: Tile) throws {
    parameters.x = Int32(tile.x)
    parameters.y = Int32(tile.y)
    guard let commands = queue.makeCommandBuffer(), let encoder = commands.makeComputeCommandEncoder() else {
      throw StepError(.input, "The GPU takes no commands.")
    }
    encoder.setComputePipelineState(pipeline)
    encoder.setBuffer(photoBuffer, offset: 0, index: 0)
    encoder.setBuffer(arrayBuffer, offset: 0, index: 1)
    encoder.setBuffer(tableBuffer, offset: 0, index: 2)
    encoder.setBytes(&parameters, length: MemoryLayout<TileParameters>.stride, index: 3)
    encoder.dispatchThreads(MTLSize(width: step.tileWidth, height: step.tileHeight, depth: 1), threadsPerThreadgroup: MTLSize(width: 16, height: 16, depth: 1))
    encoder.endEncoding()
    commands.commit()
    commands.waitUntilCompleted()
    if let error = commands.error { throw error }
  }
}

/// As the kernel has them: 32-bit integers in this order.
private struct TileParameters {
  var x: Int32 = 0
  var y: Int32 = 0
  var width: Int32
  var height: Int32
  var photoWidth: Int32
  var photoHeight: Int32
  var channels: Int32
  var source0: Int32
  var source1: Int32
  var source2: Int32
  var block: Int32
  var channelsInnermost: Int32
  var channelStride: Int32
  var rowStride: Int32
  var columnStride: Int32

  init(_ step: PhotoStep, _ photo: Pixels, _ face: PixelFace, _ strides: [Int]) {
    let last = Array(strides.suffix(3))
    let sources = face.channels + [0, 0]
    width = Int32(step.tileWidth)
    height = Int32(step.tileHeight)
    photoWidth = Int32(photo.width)
    photoHeight = Int32(photo.height)
    channels = Int32(face.channels.count)
    source0 = Int32(sources[0])
    source1 = Int32(sources[1])
    source2 = Int32(sources[2])
    block = Int32(face.block)
    channelsInnermost = face.order == .DCR ? 1 : 0
    channelStride = Int32(face.layout == .NCHW ? last[0] : last[2])
    rowStride = Int32(face.layout == .NCHW ? last[1] : last[0])
    columnStride = Int32(face.layout == .NCHW ? last[2] : last[1])
  }
}

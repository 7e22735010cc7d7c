import Foundation

public struct MTLSize {
  public init(width: Int, height: Int, depth: Int) {}
}

public struct MTLResourceOptions: OptionSet {
  public let rawValue: UInt
  public init(rawValue: UInt) { self.rawValue = rawValue }
  public static let storageModeShared = MTLResourceOptions([])
}

public protocol MTLFunction: AnyObject {}
public protocol MTLComputePipelineState: AnyObject {}
public protocol MTLBuffer: AnyObject { func contents() -> UnsafeMutableRawPointer }
public protocol MTLLibrary: AnyObject { func makeFunction(name: String) -> MTLFunction? }

public protocol MTLComputeCommandEncoder: AnyObject {
  func setComputePipelineState(_: MTLComputePipelineState)
  func setBuffer(_: MTLBuffer?, offset: Int, index: Int)
  func setBytes(_: UnsafeRawPointer, length: Int, index: Int)
  func dispatchThreads(_: MTLSize, threadsPerThreadgroup: MTLSize)
  func endEncoding()
}

public protocol MTLCommandBuffer: AnyObject {
  func makeComputeCommandEncoder() -> MTLComputeCommandEncoder?
  func commit()
  func waitUntilCompleted()
  var error: Error? { get }
}

public protocol MTLCommandQueue: AnyObject { func makeCommandBuffer() -> MTLCommandBuffer? }

public protocol MTLDevice: AnyObject {
  func makeCommandQueue() -> MTLCommandQueue?
  func makeDefaultLibrary() -> MTLLibrary?
  func makeComputePipelineState(function: MTLFunction) throws -> MTLComputePipelineState
  func makeBuffer(length: Int, options: MTLResourceOptions) -> MTLBuffer?
  func makeBuffer(bytes: UnsafeRawPointer, length: Int, options: MTLResourceOptions) -> MTLBuffer?
  func makeBuffer(bytesNoCopy: UnsafeMutableRawPointer, length: Int, options: MTLResourceOptions, deallocator: ((UnsafeMutableRawPointer, Int) -> Void)?) -> MTLBuffer?
}

public func MTLCreateSystemDefaultDevice() -> MTLDevice? { fatalError() }

import CoreVideo
import Foundation

public enum MLComputeUnits: Int { case cpuOnly, cpuAndGPU, all, cpuAndNeuralEngine }
public enum MLFeatureType: Int { case invalid, int64, double, string, image, multiArray, dictionary, sequence, state }
public enum MLMultiArrayDataType: Int { case double, float32, float16, int32 }

public class MLModelConfiguration: NSObject {
  public var computeUnits = MLComputeUnits.all
  public var functionName: String?
}

public class MLMultiArray: NSObject {
  public init(shape: [NSNumber], dataType: MLMultiArrayDataType) throws { fatalError() }
  public init(pixelBuffer: CVPixelBuffer, shape: [NSNumber]) { fatalError() }
  public init(dataPointer: UnsafeMutableRawPointer, shape: [NSNumber], dataType: MLMultiArrayDataType, strides: [NSNumber], deallocator: ((UnsafeMutableRawPointer) -> Void)? = nil) throws { fatalError() }
  public var shape: [NSNumber] { fatalError() }
  public var strides: [NSNumber] { fatalError() }
  public var dataType: MLMultiArrayDataType { fatalError() }
  public subscript(key: [NSNumber]) -> NSNumber {
    get { fatalError() }
    set { fatalError() }
  }
  public func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { fatalError() }
  public func withUnsafeMutableBytes<R>(_ body: (UnsafeMutableRawBufferPointer, [Int]) throws -> R) rethrows -> R { fatalError() }
}

public class MLFeatureValue: NSObject {
  public convenience init(multiArray: MLMultiArray) { fatalError() }
  public convenience init(pixelBuffer: CVPixelBuffer) { fatalError() }
  public var multiArrayValue: MLMultiArray? { fatalError() }
  public var imageBufferValue: CVPixelBuffer? { fatalError() }
}

public protocol MLFeatureProvider {
  var featureNames: Set<String> { get }
  func featureValue(for featureName: String) -> MLFeatureValue?
}

public class MLDictionaryFeatureProvider: NSObject, MLFeatureProvider {
  public init(dictionary: [String: Any]) throws { fatalError() }
  public var featureNames: Set<String> { fatalError() }
  public func featureValue(for featureName: String) -> MLFeatureValue? { fatalError() }
}

public class MLPredictionOptions: NSObject {
  public var outputBackings: [String: Any] = [:]
}

public class MLImageConstraint: NSObject { public var pixelFormatType: OSType { fatalError() } }
public class MLMultiArrayConstraint: NSObject { public var shape: [NSNumber] { fatalError() } }

public class MLFeatureDescription: NSObject {
  public var type: MLFeatureType { fatalError() }
  public var imageConstraint: MLImageConstraint? { fatalError() }
  public var multiArrayConstraint: MLMultiArrayConstraint? { fatalError() }
}

public class MLModelDescription: NSObject {
  public var inputDescriptionsByName: [String: MLFeatureDescription] { fatalError() }
  public var outputDescriptionsByName: [String: MLFeatureDescription] { fatalError() }
}

public class MLModel: NSObject {
  public convenience init(contentsOf: URL, configuration: MLModelConfiguration) throws { fatalError() }
  public class func compileModel(at: URL) throws -> URL { fatalError() }
  public class func compileModel(at: URL) async throws -> URL { fatalError() }
  public var modelDescription: MLModelDescription { fatalError() }
  public func prediction(from: MLFeatureProvider, options: MLPredictionOptions) throws -> MLFeatureProvider { fatalError() }
  public func prediction(from: MLFeatureProvider, options: MLPredictionOptions) async throws -> MLFeatureProvider { fatalError() }
}

public class MLCPUComputeDevice: NSObject {}
public class MLGPUComputeDevice: NSObject {}
public class MLNeuralEngineComputeDevice: NSObject {}

@frozen
public enum MLComputeDevice {
  case cpu(MLCPUComputeDevice)
  case gpu(MLGPUComputeDevice)
  case neuralEngine(MLNeuralEngineComputeDevice)
  public static var allComputeDevices: [MLComputeDevice] { fatalError() }
}

public enum MLModelStructure {
  case neuralNetwork(Int)
  case program(Program)
  case pipeline(Int)
  case unsupported

  public struct Program {
    public var functions: [String: Function] { fatalError() }

    public struct Function { public var block: Block { fatalError() } }
    public struct Block { public var operations: [Operation] { fatalError() } }
    public struct NamedValueType { public var name: String { fatalError() } }

    public struct Operation {
      public var operatorName: String { fatalError() }
      public var outputs: [NamedValueType] { fatalError() }
      public var blocks: [Block] { fatalError() }
    }
  }
}

public class MLComputePlan {
  public class func load(contentsOf: URL, configuration: MLModelConfiguration) async throws -> MLComputePlan { fatalError() }
  public var modelStructure: MLModelStructure { fatalError() }
  public func deviceUsage(for: MLModelStructure.Program.Operation) -> DeviceUsage? { fatalError() }
  public func estimatedCost(of: MLModelStructure.Program.Operation) -> Cost? { fatalError() }

  public struct DeviceUsage {
    public var supported: [MLComputeDevice] { fatalError() }
    public var preferred: MLComputeDevice { fatalError() }
  }

  public struct Cost { public var weight: Double { fatalError() } }
}

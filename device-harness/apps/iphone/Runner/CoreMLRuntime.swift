import CoreML
import Foundation
import RunnerCore

/// Core ML as the runtime of batches.
final class CoreMLRuntime: ModelRuntime {
  func compile(_ source: URL, to target: URL) throws {
    let compiled = try MLModel.compileModel(at: source)
    try FileManager.default.moveItem(at: compiled, to: target)
  }

  func load(_ compiled: URL, function: String?, unit: ComputeUnit) throws -> LoadedModel {
    let configuration = try makeConfiguration(function, unit)
    return CoreMLModel(try MLModel(contentsOf: compiled, configuration: configuration))
  }

  func plan(_ compiled: URL, function: String?, unit: ComputeUnit) throws -> [PlanOperation] {
    guard #available(iOS 17.4, *) else { throw StepError(.unsupported, "Compute plans need iOS 17.4.") }
    let configuration = try makeConfiguration(function, unit)
    return try readPlan(compiled, function: function, configuration: configuration)
  }

  func decode(_ file: URL, width: Int, height: Int) throws -> Pixels {
    return try decodePicture(file, width: width, height: height)
  }

  private func makeConfiguration(_ function: String?, _ unit: ComputeUnit) throws -> MLModelConfiguration {
    let configuration = MLModelConfiguration()
    configuration.computeUnits = unit.coreML
    if let function = function {
      guard #available(iOS 18.0, *) else { throw StepError(.unsupported, "Packages with several functions need iOS 18.") }
      configuration.functionName = function
    }
    return configuration
  }
}

extension ComputeUnit {
  var coreML: MLComputeUnits {
    switch self {
    case .all: return .all
    case .cpu: return .cpuOnly
    case .gpu: return .cpuAndGPU
    case .ane: return .cpuAndNeuralEngine
    }
  }
}

extension ArrayDtype {
  /// Nil for types that arrays of Core ML do not have on every system that the app runs on.
  var coreML: MLMultiArrayDataType? {
    switch self {
    case .float16: return .float16
    case .float32: return .float32
    case .float64: return .double
    case .int32: return .int32
    case .int8, .uint8: return nil
    }
  }

  init(_ type: MLMultiArrayDataType) throws {
    if type == .float16 {
      self = .float16
    } else if type == .float32 {
      self = .float32
    } else if type == .double {
      self = .float64
    } else if type == .int32 {
      self = .int32
    } else {
      throw StepError(.unsupported, "Arrays of type \(type.rawValue) are not known to the runner.")
    }
  }
}

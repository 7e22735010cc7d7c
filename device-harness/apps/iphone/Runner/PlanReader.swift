import CoreML
import Foundation
import RunnerCore

/// The operations of a program as Core ML plans them for a configuration, nested blocks after the operation that holds them.
@available(iOS 17.4, *)
func readPlan(_ compiled: URL, function: String?, configuration: MLModelConfiguration) throws -> [PlanOperation] {
  return try waitFor {
    let plan = try await MLComputePlan.load(contentsOf: compiled, configuration: configuration)
    guard case .program(let program) = plan.modelStructure else { throw StepError(.unsupported, "Only ML programs have a compute plan that names operations.") }
    let names = function.map { [$0] } ?? (program.functions["main"] == nil ? program.functions.keys.sorted() : ["main"])
    var operations: [PlanOperation] = []
    for name in names {
      guard let body = program.functions[name] else { throw StepError(.plan, "The package has no function \(name).") }
      append(body.block, of: name, plan, to: &operations)
    }
    return operations
  }
}

@available(iOS 17.4, *)
private func append(_ block: MLModelStructure.Program.Block, of function: String, _ plan: MLComputePlan, to operations: inout [PlanOperation]) {
  for operation in block.operations {
    let usage = plan.deviceUsage(for: operation)
    let weight = plan.estimatedCost(of: operation)?.weight
    operations.append(PlanOperation(
      function: function, type: operation.operatorName, output: operation.outputs.first?.name ?? "", preferred: usage.flatMap { processor($0.preferred) },
      supported: usage.map { $0.supported.compactMap(processor) } ?? [], cost: weight.flatMap { $0.isFinite ? $0 : nil }
    ))
    for inner in operation.blocks { append(inner, of: function, plan, to: &operations) }
  }
}

/// Processors of this phone; the three of every iPhone where the system is too old to tell.
func knownProcessors() -> [Processor] {
  guard #available(iOS 17.0, *) else { return Processor.allCases }
  let found = MLComputeDevice.allComputeDevices.compactMap(processor)
  return Processor.allCases.filter { found.contains($0) }
}

@available(iOS 17.0, *)
private func processor(_ device: MLComputeDevice) -> Processor? {
  switch device {
  case .cpu: return .cpu
  case .gpu: return .gpu
  case .neuralEngine: return .ane
  @unknown default: return nil
  }
}

/// Holds the runner's own thread until asynchronous work is done. Never called on a thread of Swift's pool.
private func waitFor<Value>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
  let outcome = Outcome<Value>()
  let done = DispatchSemaphore(value: 0)
  Task.detached {
    do {
      outcome.result = .success(try await work())
    } catch {
      outcome.result = .failure(error)
    }
    done.signal()
  }
  done.wait()
  guard let result = outcome.result else { throw StepError(.internal, "The work ended without an outcome.") }
  return try result.get()
}

private final class Outcome<Value>: @unchecked Sendable {
  var result: Result<Value, Error>?
}

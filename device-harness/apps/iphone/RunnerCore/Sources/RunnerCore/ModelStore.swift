import Foundation

/// Compiled models, kept by content hash and build of the system, and whether a model was loaded on a unit before.
final class ModelStore {
  private let files: RunnerFiles
  private let runtime: ModelRuntime
  private let build: String

  init(files: RunnerFiles, runtime: ModelRuntime, build: String) {
    self.files = files
    self.runtime = runtime
    self.build = String(build.map { $0.isLetter || $0.isNumber ? $0 : "-" })
  }

  func compiled(_ model: RunnerModel) -> URL {
    return files.compiled(model.blob, build: build)
  }

  func isCompiled(_ model: RunnerModel) -> Bool {
    return files.exists(compiled(model))
  }

  /// Compiles to another name first: what a killed process left is never taken for a model.
  func compile(_ source: URL, _ model: RunnerModel) throws {
    let target = compiled(model)
    let folder = target.deletingLastPathComponent()
    let partial = folder.appendingPathComponent("partial-\(model.blob).mlmodelc")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try removeIfThere(partial)
    try pooled { try runtime.compile(source, to: partial) }
    try FileManager.default.moveItem(at: partial, to: target)
  }

  /// Whether this is the first load of the model on the unit, and from now on it is not. The mark is set before: a load that ends the
  /// process may have left something in the system's cache.
  func markLoad(_ model: RunnerModel, _ unit: ComputeUnit) throws -> Bool {
    let function = String((model.function ?? "").map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "-" })
    let mark = files.loadMark("\(model.blob)-\(unit.rawValue)-\(function)", build: build)
    if files.exists(mark) { return false }
    try files.write(Data(), at: mark)
    return true
  }
}

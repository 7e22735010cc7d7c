import Foundation

/// Blobs that came in parts: put together once, checked, and kept in the app's own folder.
final class BlobStore {
  private let files: RunnerFiles
  private let phone: Phone
  private let chunk = 1 << 20

  init(files: RunnerFiles, phone: Phone) {
    self.files = files
    self.phone = phone
  }

  func has(_ sha256: String) -> Bool {
    return files.exists(files.assembled(sha256))
  }

  /// The file or package. Throws where it was not put together.
  func url(_ sha256: String) throws -> URL {
    let folder = files.assembled(sha256)
    guard let name = try FileManager.default.contentsOfDirectory(atPath: folder.path).first else {
      throw StepError(.blob, "The folder of blob \(sha256) is empty.")
    }
    return folder.appendingPathComponent(name)
  }

  /// Puts a blob together from its parts, which go afterwards. Where something is wrong with them, the manifest goes too: push again.
  func assemble(_ sha256: String) throws {
    let manifest: PartManifest
    do {
      manifest = try files.read(PartManifest.self, at: files.manifest(sha256))
    } catch {
      throw StepError(.blob, "The blob \(sha256) is not on the phone, or its manifest cannot be read.", detail: describe(error))
    }
    let partial = files.support.appendingPathComponent("blobs/.\(sha256).partial")
    try removeIfThere(partial)
    do {
      try check(manifest, sha256)
      try makeRoom(for: manifest)
      try join(manifest, in: partial)
    } catch let error as StepError where error.kind == .blob {
      try removeIfThere(partial)
      try removeIfThere(files.blob(sha256))
      throw error
    }
    try removeIfThere(files.assembled(sha256))
    try FileManager.default.moveItem(at: partial, to: files.assembled(sha256))
    for part in manifest.files.flatMap({ $0.parts }) {
      try removeIfThere(files.blob(sha256).appendingPathComponent(part.name))
    }
  }

  private func check(_ manifest: PartManifest, _ sha256: String) throws {
    let parts = manifest.files.flatMap { $0.parts }
    let plain = staysInside(manifest.name) && !manifest.name.contains("/")
    let paths = manifest.files.allSatisfy { staysInside($0.path) }
    let sizes = manifest.files.allSatisfy { file in file.parts.reduce(0) { $0 + $1.bytes } == file.bytes }
    guard manifest.sha256 == sha256, plain, paths, sizes, parts.allSatisfy({ isPlainName($0.name) }), Set(parts.map { $0.name }).count == parts.count else {
      throw StepError(.blob, "The manifest of blob \(sha256) contradicts itself.")
    }
    guard manifest.kind == .package || manifest.files.count == 1 else {
      throw StepError(.blob, "The blob \(manifest.name) is one file, and its manifest names \(manifest.files.count).")
    }
  }

  private func makeRoom(for manifest: PartManifest) throws {
    let needed = manifest.files.reduce(0) { $0 + $1.bytes }
    guard let free = phone.freeBytes, free < needed + (32 << 20) else { return }
    throw StepError(.disk, "\(manifest.name) needs \(needed >> 20) MiB and \(free >> 20) MiB are free.")
  }

  private func join(_ manifest: PartManifest, in folder: URL) throws {
    var whole = ContentHash()
    for file in manifest.files {
      if manifest.kind == .package {
        whole.update(Data(file.path.utf8))
        whole.update(Data([0]))
      }
      let place = manifest.kind == .package ? "\(manifest.name)/\(file.path)" : manifest.name
      let target = folder.appendingPathComponent(place)
      try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      let own = try join(file, of: manifest, to: target, whole: &whole)
      guard own == file.sha256 else { throw StepError(.blob, "\(file.path) of \(manifest.name) arrived damaged.", detail: "sha256 \(own), expected \(file.sha256)") }
    }
    let hash = whole.hex()
    guard hash == manifest.sha256 else { throw StepError(.blob, "\(manifest.name) is not what its hash says.", detail: "sha256 \(hash), expected \(manifest.sha256)") }
  }

  private func join(_ file: BlobFile, of manifest: PartManifest, to target: URL, whole: inout ContentHash) throws -> String {
    var own = ContentHash()
    try Data().write(to: target)
    let output = try FileHandle(forWritingTo: target)
    defer { try? output.close() }
    for part in file.parts {
      let source = files.blob(manifest.sha256).appendingPathComponent(part.name)
      guard files.exists(source) else { throw StepError(.blob, "\(part.name) of \(manifest.name) is missing.") }
      let input = try FileHandle(forReadingFrom: source)
      defer { try? input.close() }
      var bytes = 0
      while let data = try pooled({ try input.read(upToCount: chunk) }), !data.isEmpty {
        try output.write(contentsOf: data)
        own.update(data)
        whole.update(data)
        bytes += data.count
      }
      guard bytes == part.bytes else { throw StepError(.blob, "\(part.name) of \(manifest.name) has \(bytes) bytes, and should have \(part.bytes).") }
    }
    return own.hex()
  }
}

func removeIfThere(_ url: URL) throws {
  if FileManager.default.fileExists(atPath: url.path) { try FileManager.default.removeItem(at: url) }
}

import Foundation

/// Why a step failed, in the words of the contract.
public struct StepError: Error {
  public let kind: FailureKind
  public let message: String
  public let detail: String

  public init(_ kind: FailureKind, _ message: String, detail: String = "") {
    self.kind = kind
    self.message = message
    self.detail = detail
  }

  /// Any error that came up in `phase`.
  init(_ error: Error, in phase: Phase) {
    if let own = error as? StepError {
      self = own
    } else if isDiskFull(error) {
      self.init(.disk, "The phone's storage is full.", detail: describe(error))
    } else {
      self.init(phase.failureKind, (error as NSError).localizedDescription, detail: describe(error))
    }
  }
}

extension Phase {
  /// What an error is called that nobody named when it came up here.
  var failureKind: FailureKind {
    switch self {
    case .assembling: return .blob
    case .compiling: return .compile
    case .loading, .loadingAgain: return .load
    case .first, .warmingUp, .timing, .sustaining, .tiling: return .predict
    case .planning: return .plan
    case .decoding: return .picture
    case .writing: return .output
    case .starting, .cooling, .relaunch, .stopped, .finished, .refused: return .internal
    }
  }
}

/// `domain code: text`, for the error and what lies below it.
func describe(_ error: Error) -> String {
  var lines: [String] = []
  var next: NSError? = error as NSError
  while let current = next, lines.count < 8 {
    lines.append("\(current.domain) \(current.code): \(current.localizedDescription)")
    next = current.userInfo[NSUnderlyingErrorKey] as? NSError
  }
  if lines.count == 1 { lines.append(String(describing: error)) }
  return lines.joined(separator: "\n")
}

private func isDiskFull(_ error: Error) -> Bool {
  var next: NSError? = error as NSError
  while let current = next {
    let posix = current.domain == NSPOSIXErrorDomain && (current.code == Int(ENOSPC) || current.code == Int(EDQUOT))
    let cocoa = current.domain == NSCocoaErrorDomain && current.code == CocoaError.Code.fileWriteOutOfSpace.rawValue
    if posix || cocoa { return true }
    next = current.userInfo[NSUnderlyingErrorKey] as? NSError
  }
  return false
}

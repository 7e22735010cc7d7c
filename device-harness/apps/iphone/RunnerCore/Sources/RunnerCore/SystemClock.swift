import Dispatch
import Foundation

/// The system's own: `DispatchTime` stands still while the phone sleeps, as the processor does.
public final class SystemClock: RunnerClock {
  public init() {}

  public func nowMs() -> Double { return Double(DispatchTime.now().uptimeNanoseconds) / 1e6 }
  public func date() -> Date { return Date() }
  public func sleep(ms: Double) { Thread.sleep(forTimeInterval: max(0, ms) / 1000) }
}

extension RunnerClock {
  /// Milliseconds that `body` took, and what it gave.
  func timed<Result>(_ body: () throws -> Result) rethrows -> (ms: Double, value: Result) {
    let start = nowMs()
    let value = try body()
    return (nowMs() - start, value)
  }
}

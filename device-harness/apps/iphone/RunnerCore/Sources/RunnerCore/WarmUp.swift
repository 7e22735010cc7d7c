/// Median of at least one number; mean of the two middle ones for an even count.
public func median(_ values: [Double]) -> Double {
  return quantile(values, 0.5)
}

/// Quantile q in [0, 1] with linear interpolation between order statistics (type 7 of Hyndman and Fan).
public func quantile(_ values: [Double], _ q: Double) -> Double {
  precondition(!values.isEmpty, "A quantile needs at least one value.")
  let sorted = values.sorted()
  let at = q * Double(sorted.count - 1)
  let below = sorted[Int(at.rounded(.down))]
  let above = sorted[Int(at.rounded(.up))]
  if below == above { return below }
  return below + (above - below) * (at - at.rounded(.down))
}

public enum WarmUpState: String {
  case goOn = "go on"
  case stable
  case gaveUp = "gave up"
}

/// Decides when the warm-up of a block may end, as `device-harness/method/warm-up.ts` does; a fixture holds the two together. Stable
/// means: the medians of the second and of the last quarter of all runs (at least 3 each) differ by no more than the tolerance.
public struct WarmUp {
  private let rule: WarmUpRule
  private var times: [Double] = []
  private var total = 0.0
  private var nextLook: Int

  public init(_ rule: WarmUpRule) {
    self.rule = rule
    nextLook = max(rule.minRuns, 6)
  }

  public var runs: Int { return times.count }

  /// Takes the milliseconds of the run that just ended. Looks ever more rarely, so that looking costs nothing.
  public mutating func add(_ ms: Double) -> WarmUpState {
    times.append(ms)
    total += ms
    if runs >= nextLook && total >= rule.minMs {
      if isFlat() { return .stable }
      nextLook = Int((Double(runs) * 1.1).rounded(.up))
    }
    return total >= rule.maxMs ? .gaveUp : .goOn
  }

  private func isFlat() -> Bool {
    let quarter = max(3, runs / 4)
    let start = runs / 4
    let before = median(Array(times[start..<min(start + quarter, runs)]))
    let last = median(Array(times.suffix(quarter)))
    return abs(last - before) <= rule.tolerance * before
  }
}

/// Whether the timed part may end after `runs` runs that took `ms` together.
public func timedPartIsOver(runs: Int, ms: Double, part: TimedPart) -> Bool {
  if runs == 0 { return false }
  return runs >= part.maxRuns || ms >= part.maxMs || (runs >= part.minRuns && ms >= part.minMs)
}

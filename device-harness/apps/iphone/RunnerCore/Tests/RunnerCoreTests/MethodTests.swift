import Foundation
import XCTest
@testable import RunnerCore

/// The same decisions as the host's method, case by case.
final class MethodTests: XCTestCase {
  private struct Cases: Decodable {
    struct WarmUpCase: Decodable {
      let rule: WarmUpRule
      let times: [Double]
      let states: [String]
    }

    struct TimedCase: Decodable {
      let part: TimedPart
      let runs: Int
      let ms: Double
      let over: Bool
    }

    struct QuantileCase: Decodable {
      let values: [Double]
      let q: Double
      let quantile: Double
    }

    let warmUp: [WarmUpCase]
    let timed: [TimedCase]
    let quantiles: [QuantileCase]
  }

  func testWarmUpDecidesAsTheHostDoes() throws {
    let cases = try Fixture.read(Cases.self, "method.json").warmUp
    XCTAssertGreaterThan(cases.count, 20)
    for (index, one) in cases.enumerated() {
      var warmUp = WarmUp(one.rule)
      let states = one.times.map { warmUp.add($0).rawValue }
      XCTAssertEqual(states, one.states, "case \(index)")
      XCTAssertEqual(warmUp.runs, one.times.count)
    }
  }

  func testTimedPartEndsAsTheHostSays() throws {
    for one in try Fixture.read(Cases.self, "method.json").timed {
      XCTAssertEqual(timedPartIsOver(runs: one.runs, ms: one.ms, part: one.part), one.over, "\(one.runs) runs in \(one.ms) ms")
    }
  }

  func testQuantilesAreTheHosts() throws {
    for one in try Fixture.read(Cases.self, "method.json").quantiles {
      XCTAssertEqual(quantile(one.values, one.q), one.quantile)
    }
  }
}

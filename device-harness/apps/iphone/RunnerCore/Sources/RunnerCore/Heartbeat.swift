import Dispatch
import Foundation

/// Calls `beat` every so often on a thread of its own, until it is stopped.
final class Heartbeat {
  private let timer: DispatchSourceTimer

  init(seconds: Double, beat: @escaping () -> Void) {
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "com.npu-dyno.heartbeat", qos: .utility))
    timer.schedule(deadline: .now() + seconds, repeating: seconds, leeway: .milliseconds(100))
    timer.setEventHandler(handler: beat)
    timer.resume()
  }

  func stop() {
    timer.cancel()
  }
}

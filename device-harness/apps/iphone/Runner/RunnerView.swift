import RunnerCore
import SwiftUI

/// What runs, in words that can be read from across a desk. It changes as often as `status.json` does.
struct RunnerView: View {
  @ObservedObject var session: Session

  var body: some View {
    VStack(alignment: .leading, spacing: 16) {
      Text("dyno runner \(session.info.version)").font(.title2)
      Text("\(session.info.device), \(session.info.system) \(session.info.systemVersion) (\(session.info.build))").foregroundColor(.secondary)
      if let message = session.message {
        Text(message).foregroundColor(.red)
      }
      if let status = session.status {
        StatusView(status: status)
      }
      if !session.isRunning {
        BatchList(session: session)
      }
      Spacer()
    }
    .padding(24)
    .frame(maxWidth: .infinity, alignment: .leading)
  }
}

private struct StatusView: View {
  let status: Status

  var body: some View {
    VStack(alignment: .leading, spacing: 8) {
      Text(status.phase.rawValue).font(.largeTitle)
      if let model = status.model, let unit = status.unit {
        Text("\(model) on \(unit.rawValue)").font(.title3)
      }
      ProgressView(value: Double(status.done), total: Double(max(status.total, 1)))
      Text("\(status.done) of \(status.total) steps, \(status.failed) failed; batch \(status.batch)")
      Text("thermal state \(status.thermal.rawValue)\(status.lowPowerMode ? ", low-power mode" : "")").foregroundColor(.secondary)
      if let note = status.note {
        Text(note).foregroundColor(.red)
      }
    }
  }
}

private struct BatchList: View {
  @ObservedObject var session: Session

  var body: some View {
    VStack(alignment: .leading, spacing: 12) {
      if session.open.isEmpty {
        Text("No batch waits. A host pushes one, or a bundle is opened with this app.")
      }
      ForEach(session.open, id: \.self) { batch in
        Button("Run \(batch)") { session.run(batch, endsProcess: false) }
      }
      ForEach(session.ended, id: \.self) { batch in
        Button("Pack results of \(batch)") { session.pack(batch) }
      }
      if let packed = session.packed {
        ShareLink("Send \(packed.lastPathComponent)", item: packed)
      }
      Button("Look again") { session.look() }
    }
  }
}

import SwiftUI

@main
struct RunnerApp: App {
  @StateObject private var session = Session()

  var body: some Scene {
    WindowGroup {
      RunnerView(session: session)
        .onAppear { session.start() }
        .onOpenURL { session.take($0) }
    }
  }
}

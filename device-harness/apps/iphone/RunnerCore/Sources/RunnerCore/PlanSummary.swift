/// Neighbouring operations with one preferred processor. Operations without one (constants) belong to none and separate nothing.
func planSegments(_ operations: [PlanOperation]) -> [PlanSegment] {
  var segments: [PlanSegment] = []
  for (index, operation) in operations.enumerated() {
    guard let processor = operation.preferred else { continue }
    if var last = segments.last, last.processor == processor {
      last.last = index
      last.operations += 1
      last.cost += operation.cost ?? 0
      segments[segments.count - 1] = last
    } else {
      segments.append(PlanSegment(processor: processor, first: index, last: index, operations: 1, cost: operation.cost ?? 0))
    }
  }
  return segments
}

/// The largest cost first.
func planShares(_ operations: [PlanOperation]) -> [PlanShare] {
  let shares = Processor.allCases.compactMap { (processor: Processor) -> PlanShare? in
    let own = operations.filter { $0.preferred == processor }
    if own.isEmpty { return nil }
    return PlanShare(processor: processor, operations: own.count, cost: own.reduce(0) { $0 + ($1.cost ?? 0) })
  }
  return shares.sorted { $0.cost > $1.cost }
}

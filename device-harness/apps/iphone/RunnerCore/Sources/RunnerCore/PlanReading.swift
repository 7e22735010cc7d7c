import Foundation

extension StepRun {
  /// The compute plan, its segments and shares.
  func readPlan(_ plan: PlanStep) throws -> ComputePlan {
    let compiled = try compile()
    try board.enter(.planning)
    let read = try clock.timed { try runtime.plan(compiled.url, function: model.function, unit: plan.unit) }
    try board.enter(.writing)
    return ComputePlan(
      batch: spec.id, step: plan.id, model: plan.model, unit: plan.unit, attempt: attempt, startedAt: startedAt, finishedAt: finishedAt,
      planMs: read.ms, operations: read.value, segments: planSegments(read.value), shares: planShares(read.value)
    )
  }
}

export type {
  Batch, BlockReport, BlockSpec, Device, DeviceCapabilities, FailedBlock, FinishedBlock, Readiness, Ticket, TicketStatus, Variant,
} from './devices/device.ts';
export { createHostDevice, type HostDeviceOptions } from './devices/host/host-device.ts';
export type { IphoneInfo } from './devices/iphone/ask-phone.ts';
export { type IphoneCheck, iphoneChecks } from './devices/iphone/iphone-checks.ts';
export type { IphoneProblem } from './devices/iphone/known-problems.ts';
export { type ListedIphone, listIphones } from './devices/iphone/list-iphones.ts';
export { type OpenedIphone, openIphones, type OpenIphonesOptions } from './devices/iphone/open-iphones.ts';
export { isVirtualIphone } from './devices/iphone/virtual-selector.ts';
export { createMacDevice } from './devices/mac/mac-device.ts';
export { createOpenVinoDevice } from './devices/openvino/openvino-device.ts';
export { benchFeed, modelRange } from './feeds.ts';
export { BLOCK_PROFILES, type BlockProfile, type BlockRules, type TimedPart, type WarmUpRule } from './method/block-rules.ts';
export { driftWithin } from './method/drift.ts';
export { blockMedian, pairMedians } from './method/pairs.ts';
export { type BenchPlan, type CoolDownLimits, type Pairing, PLAN_DEFAULTS } from './method/plan.ts';
export { runSchedule, type ScheduleOptions, type ScheduleResult } from './method/run-schedule.ts';
export { scheduleRound } from './method/schedule.ts';
export * from './method/stats/index.ts';
export { folderVariantOf, variantOf } from './variant.ts';

export { type ActivityOptions, readActivities, readActivity } from './act/activity.ts';
export { TRANSPORTS, type Transport } from './act/choose-typing.ts';
export { type ClaimableSession, type ClaimOptions, claim, type SessionClaim } from './act/claim.ts';
export type { ExitCause } from './act/exit-cause.ts';
export { type NudgeOptions, type NudgeResult, nudge } from './act/nudge.ts';
export {
  type ActivityOf,
  type AskOptions,
  type NotRouted,
  type Routed,
  type RouteOptions,
  route,
} from './act/route.ts';
export { type CommandEnd, claimVariables, type Environment, runUnder } from './act/run.ts';
export {
  type SignalledProcess,
  type SignalOptions,
  type SignalSent,
  sendSignal,
  type UnsignalledProcess,
} from './act/signal.ts';
export { readSignal, type SignalName } from './act/signal-names.ts';
export { type Ended, type WaitedForExit, waitForExit } from './act/wait-exit.ts';
export { type Idle, type NotIdle, type WaitForIdleOptions, waitForIdle } from './act/wait-idle.ts';
export { type Output, waitForOutput } from './act/wait-output.ts';
export type { Exited, TimedOut, WaitOptions } from './act/waiting.ts';
export { parseHomes } from './config/parse-homes.ts';
export type { Condition } from './identity/where.ts';
export { liveMachine, type Machine } from './kernel/machine.ts';
export { replayMachine } from './kernel/scene/replay.ts';
export type { Scene } from './kernel/scene/scene.ts';
export { readScene } from './kernel/scene/scene-files.ts';
export { type ObservePanesOptions, observePanes } from './list-panes.ts';
export { type Ask, MachineLook } from './look/machine-look.ts';
export type {
  Activity,
  ActivityFacts,
  ActivityState,
  ChildFacts,
  TerminalActivity,
  Waiting,
} from './model/activity.ts';
export type { ClaimHolder } from './model/claim.ts';
export type { Coverage, CoverageCode, CoverageReason } from './model/coverage.ts';
export { COVERAGE_REASONS } from './model/coverage.ts';
export { ParseError, type ParseErrorDetails, PlumblineError, type PlumblineErrorCode } from './model/errors.ts';
export type { Evidence } from './model/evidence.ts';
export type { HomePath, HomePattern, HomeSpec } from './model/home.ts';
export type { Ending, Incumbent, IncumbentReport, Place, Running } from './model/incumbent.ts';
export type { Pane, PaneServer, PaneSight, TerminalHolder, TerminalLink } from './model/pane.ts';
export type { FileId, ProcessKey } from './model/process.ts';
export { isRefusal, type Refusal, type RefusalReason } from './model/refusal.ts';
export type { Considered, Idleness } from './model/route.ts';
export type { PanesSeen, SeenPane, SeenServer } from './model/seen-pane.ts';
export type { Claimant, Session } from './model/session.ts';
export type { Joined, JoinedBy, SessionTag } from './model/session-tag.ts';
export type { Bystander, BystanderRole, HomeReport, Host, Snapshot } from './model/snapshot.ts';
export type { ColumnKind, TableMapping } from './model/table-mapping.ts';
export type { Terminal, TerminalMode, TerminalTimes } from './model/terminal.ts';
export type { Text } from './model/text.ts';
export type { Verdict } from './model/verdict.ts';
export type { Why, WhyKind, WhyProcess } from './model/why.ts';
export { type ObserveOptions, observe } from './observe.ts';
export { type OpenRegistryOptions, openRegistry, openTable } from './open-registry.ts';
export { type RecordedScene, recordScene } from './record.ts';
export { type DeadLine, type DeathCause, deadOfPlan, type Endings } from './registry/dead.ts';
export { type DriftKind, type DriftLine, driftOfPlan } from './registry/drift.ts';
export type { ComparedField, EventKind, SessionEvent } from './registry/events.ts';
export type { HistoryEvent, HistoryQuery, RowState } from './registry/history.ts';
export type { Freshness, HostSummary } from './registry/hosts.ts';
export { type Change, type Plan, type PlanOptions, plan, type Told } from './registry/plan.ts';
export type { ApplyOptions, Registry, RowStore } from './registry/registry.ts';
export {
  type HostRecord,
  incumbentsOf,
  type RegistryRow,
  type RowStatus,
  type StoredHost,
  type StoredRow,
} from './registry/row.ts';
export { type Claim, incumbentsOfClaims } from './registry/table/claim.ts';
export type { Comparison } from './registry/table/compare.ts';
export { deadOfTable } from './registry/table/dead.ts';
export { driftOfTable } from './registry/table/drift.ts';
export { type Compared, planTable, type TablePlan, type TablePlanOptions } from './registry/table/plan.ts';
export type { Table } from './registry/table/table.ts';
export type { Column, Field } from './relations/column.ts';
export type { KernelColumn, KernelRelation, RelationOption } from './relations/kernel-relation.ts';
export { KERNEL_RELATIONS } from './relations/kernel-relations.ts';
export { type RelationQuery, readRelation } from './relations/read-relation.ts';
export type { WireObject } from './relations/wire.ts';
export {
  DEFAULT_LIMITS,
  type Endpoint,
  type EndpointEvent,
  type EndpointLimits,
  type EndpointOptions,
  type StartEndpoint,
} from './serve/pgwire/endpoint-options.ts';
export { startEndpoint } from './serve/pgwire/start-endpoint.ts';
export { userLine } from './serve/pgwire/users.ts';
export { compare, type Pass, type Reconciled, type SyncOptions, sync } from './sync.ts';
export { compareTable, type ReconciledTable, syncTable, type TablePass } from './sync-table.ts';
export type { Clock } from './watch/clock.ts';
export type { WatchedStore } from './watch/link.ts';
export { findService, type Service } from './watch/service.ts';
export { type WatchOptions, type WatchTableOptions, watch, watchTable } from './watch/watch.ts';
export { type WhyQuestion, why } from './why.ts';

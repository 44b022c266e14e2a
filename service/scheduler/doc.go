// Package scheduler is Amazon EventBridge Scheduler: schedules in groups, and the job that has their targets invoked when they are due.
//
// Start reading at schedule.go (what a schedule is), then timing.go (when it is due), fire.go (the job) and invoke.go (the invocation).
//
// # How it works
//
// A schedule that has an occurrence to come has a [Due], found by its time. The job takes those that are due: one transaction enqueues the invocation
// ([service.Deps].Outbound, under an ID made of schedule and time) and moves the schedule on to its next occurrence. So a replica that is killed has
// done both or neither, and no occurrence is invoked twice for it or lost. The next occurrence is after the present time: when the clock jumps
// forwards, or nothing ran for a while, a schedule is invoked once, late; when it jumps backwards, an occurrence that was taken is not taken again.
//
// An invocation assumes the schedule's role as scheduler.amazonaws.com, on behalf of the schedule's group, and acts with what that role may do. It is
// tried again as the retry policy says; then it goes to the dead-letter queue, by the same role.
//
// # Differences from AWS
//
//   - Targets are queues, topics, functions and event buses, and nearly all operations that are built here as universal targets
//     (arn:aws:scheduler:::aws-sdk:service:operation). Other templated targets are refused.
//   - A target that refuses (no permission, no such queue) is not tried again: the invocation goes to the dead-letter queue at once.
//   - Invocations happen in the first seconds of their minute.
//   - A one-time schedule whose time is more than a minute ago when it is created or enabled is never invoked.
//   - A schedule is deleted after completion when its last occurrence is taken; retries of that go on.
//   - With a KMS key, the input and the description are encrypted with it: GetSchedule asks the key in the caller's name, invocations in the role's.
//   - A client token makes CreateSchedule repeatable while the schedule exists; other operations are repeatable by themselves, or not at all.
package scheduler

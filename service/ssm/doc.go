// Package ssm is AWS Systems Manager, as far as security automation needs it: runbooks (documents of the type Automation) and their executions.
//
// Start reading at document.go (what a document is) and execution.go (what an execution is), then start.go, turn.go (one step forward) and call.go (how a step calls an
// operation). What a runbook means is engine/automation's.
//
// # How it works
//
// An execution is a document with the state of its run, sealed because what steps take and answer may be secrets, and the text of its runbook. What it has to do next
// lies in the queue of outbound work
// ([service.Deps].Outbound), under the number of its turn: one transaction takes in how a task went, writes the new state and enqueues the next turn. So an
// execution whose replica is killed goes on at the task at which it was, which may then be done twice. A turn that comes late, or twice, finds another number and does nothing.
//
// Every call of a step goes through the door and is recorded as invoked by ssm.amazonaws.com: as the role of the runbook, which must trust that principal and which
// whoever starts the execution must be allowed to pass; or, without one, as the caller who started it, whose permissions, and whose access key, are asked
// about at every step.
//
// # Differences from AWS
//
//   - Documents of other types than Automation, rate control (Targets, MaxConcurrency), other accounts and regions (TargetLocations), the interactive mode, alarms and
//     attachments are refused. So are, by name, the actions that need instances, stacks or a script interpreter.
//   - Blobs in answers are base64, timestamps seconds since 1970; policy documents in answers of IAM are URL-encoded, as on the wire.
//   - References to what has no value fail the step.
//   - The role of a runbook is assumed anew for each task that acts: what is taken from it is missing at once.
//   - Executions are kept for 30 days after their end.
package ssm

// Package automation is the logic of runbooks: documents of Systems Manager of the type Automation, schema 0.3, and their executions as a state machine.
//
// A [Document] is parsed and checked once. [Begin] makes a [Run] of it, which is plain data and survives in a store; [Run.Task] says what is to be done now:
// call an operation, start another runbook, or wait. Whoever did it tells with [Run.Settle], and the run goes on to its next task. Steps that need nothing of the world
// (branches, variables, loops) are taken on the way. So a run that was interrupted goes on at the step at which it was, whose task it does again.
//
// A run ends: a document has at most [maxSteps] steps, a loop at most [maxIterations] turns, a run at most [maxTaken] steps taken, and each of them a time limit.
//
// What the selectors of a step look at is bounded as well, and how deep the answer is that they are for: beyond, the step fails.
// Patterns of parameters are compiled once, with the document, and are bounded together: see engine/regex.
//
// Systems Manager User Guide: "Data elements and parameters", "Systems Manager Automation actions reference". Start reading at document.go, then run.go.
package automation

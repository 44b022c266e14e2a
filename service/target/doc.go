// Package target hands a payload to the resource that an ARN names, through the internal door: queues, topics, functions, log groups and event buses; and it
// starts the runbook that one names.
// EventBridge, Scheduler, SNS, Lambda's destinations, S3's notifications and CloudWatch's alarms send with it, so that the policy of the receiver, or the role
// that sends, decides in all of them alike.
package target

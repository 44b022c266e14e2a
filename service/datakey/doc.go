// Package datakey seals what services store under data keys of KMS: a key is made or opened through the internal door, so that the key's policy decides in the
// caller's name, and stays in memory for as long as the service says. Queues, topics, log groups and schedules use it.
package datakey

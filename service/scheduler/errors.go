package scheduler

import (
	api "vauban/api/scheduler"
	"vauban/api/wire"
)

func invalid(format string, args ...any) *wire.Error {
	return api.ValidationException.New(format, args...)
}

func noSuchSchedule(name string) *wire.Error {
	return api.ResourceNotFoundException.New("Schedule %s does not exist.", name)
}

func noSuchGroup(name string) *wire.Error {
	return api.ResourceNotFoundException.New("Schedule group %s does not exist.", name)
}

func notBuilt(what string) *wire.Error {
	return invalid("%s is not built in this version of Vauban. Targets are SQS queues, SNS topics, Lambda functions, EventBridge buses and universal targets (arn:aws:scheduler:::aws-sdk:service:operation).", what)
}

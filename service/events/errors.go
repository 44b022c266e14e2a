package events

import (
	api "vauban/api/events"
	"vauban/api/wire"
)

// errValidation is what EventBridge answers for most that is wrong with a request; its model does not have it.
var errValidation = wire.Code("ValidationException", 400)

func invalid(format string, args ...any) error { return errValidation.New(format, args...) }

// The words of these errors are AWS's.

func noSuchBus(name string) error {
	return api.ResourceNotFoundException.New("Event bus %s does not exist.", name)
}

func noSuchRule(r *ruleName) error {
	return api.ResourceNotFoundException.New("Rule %s does not exist on EventBus %s.", r.name, r.bus.name)
}

func overLimit() error {
	return api.LimitExceededException.New("The requested resource exceeds the maximum number allowed.")
}

// notBuilt refuses what is not built: a setting that is stored has an effect.
func notBuilt(what, instead string) error {
	return invalid("%s is not built in this version of Vauban. %s", what, instead)
}

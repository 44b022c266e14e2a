package ssm

import (
	api "vauban/api/ssm"
	"vauban/api/wire"
)

// invalid is the error of parameters that the model's errors have no name for. Common errors of the API reference.
func invalid(format string, args ...any) *wire.Error {
	return wire.Code("ValidationException", 400).New(format, args...)
}

func notBuilt(what string) *wire.Error {
	return invalid("%s is not built in this version of Vauban.", what)
}

func noDocument(name string) *wire.Error {
	return api.InvalidDocument.New("Document with name %s does not exist.", name)
}

func noVersion(name, version string) *wire.Error {
	return api.InvalidDocumentVersion.New("The document %s has no version %s.", name, version)
}

func noExecution(id string) *wire.Error {
	return api.AutomationExecutionNotFoundException.New("Couldn't find automation execution with id: %s", id)
}

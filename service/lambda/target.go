package lambda

import "vauban/service/target"

// kindOf is the service of an ARN that something can be sent to.
func kindOf(text string) string { return target.Kind(text) }

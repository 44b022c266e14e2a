// Package all is the one explicit list of services. Start reading at [Services].
package all

import (
	"vauban/access"
	"vauban/service"
	"vauban/service/iam"
)

// Services returns every service that is built.
func Services(d service.Deps, _ *access.Picture) []service.Service {
	return []service.Service{iam.New(d)}
}

package lambda

import (
	"vauban/service"
	"vauban/store"
)

// pageOf reads MaxItems and Marker.
func (s *Service) pageOf(most *int64, marker *string, operation string, usual int) (service.Page, error) {
	if most != nil {
		usual = min(usual, int(*most))
	}
	p, err := service.OpenPage(s.Seal, "lambda."+operation, marker, usual)
	if err != nil {
		return p, invalid("The marker is not valid: give the NextMarker of an answer as it is.")
	}
	return p, nil
}

func visit[T any](p service.Page, tx store.Tx, t *store.Table[T], prefix store.Key, show func(*T) bool) (*string, error) {
	return service.VisitPage(tx, p, t, prefix, func(v *T) (bool, error) { return show(v), nil })
}

package vauban

import (
	"errors"

	api "vauban/api/vauban"
	"vauban/service"
)

// mostWaiting is how many searches and replays an account has in the line. Each takes up to seconds of a core.
const mostWaiting = 8

// inTurn runs a handler of much work when it is its turn.
func inTurn[In, Out any](s *Service, h func(*service.Call, *In) (*Out, error)) func(*service.Call, *In) (*Out, error) {
	return func(c *service.Call, in *In) (*Out, error) {
		end, err := s.turns.Take(c)
		if errors.Is(err, service.ErrBusy) {
			return nil, api.ThrottlingException.New("Rate exceeded: this account has %d such requests waiting. Try again when some have been answered.", mostWaiting).Because(err)
		}
		if err != nil {
			return nil, err
		}
		defer end()
		return h(c, in)
	}
}

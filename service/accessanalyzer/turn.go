package accessanalyzer

import (
	"errors"

	api "vauban/api/accessanalyzer"
	"vauban/service"
)

// mostWaiting is how many checks and generations an account has in the line. One check takes milliseconds with usual policies, and about a second with
// hostile ones.
const mostWaiting = 32

// inTurn runs a handler of much work when it is its turn.
func inTurn[In, Out any](s *Service, h func(*service.Call, *In) (*Out, error)) func(*service.Call, *In) (*Out, error) {
	return func(c *service.Call, in *In) (*Out, error) {
		end, err := s.turns.Take(c)
		if errors.Is(err, service.ErrBusy) {
			return nil, api.ThrottlingException.New("Rate exceeded: this account has %d checks waiting. Try again when some have been answered.", mostWaiting).Because(err)
		}
		if err != nil {
			return nil, err
		}
		defer end()
		return h(c, in)
	}
}

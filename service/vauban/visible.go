package vauban

import (
	api "vauban/api/vauban"
	"vauban/service"
)

// visible refuses questions about accounts that the caller may not look into: all but its own, and the members of the organization that its
// account manages.
func (s *Service) visible(c *service.Call, account string) error {
	if account == c.Account {
		return nil
	}
	mine, err := s.picture.Membership(c, c.Account)
	if err != nil {
		return err
	}
	if mine.Management {
		theirs, err := s.picture.Membership(c, account)
		if err != nil {
			return err
		}
		if theirs.Organization != "" && theirs.Organization == mine.Organization {
			return nil
		}
	}
	return api.AccessDeniedException.New("Account %s may not ask about account %s: only the account itself and the management account of its organization may.", c.Account, account)
}

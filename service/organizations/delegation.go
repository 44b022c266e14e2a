package organizations

// delegated reports whether a member account is admitted to what the management account does.
func (s *Service) delegated(*visit, admission) (bool, error) { return false, nil }

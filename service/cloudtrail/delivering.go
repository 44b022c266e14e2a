package cloudtrail

import (
	"slices"

	"vauban/eventlog"
	"vauban/store"
)

// Delivering returns which events of an account its trails deliver, or those of its organization: trails that log, or did when the event was recorded, and
// whose selectors select it. It is nil when there is no trail. EventBridge gets what trails get.
func Delivering(tx store.Tx, a Accounts, account string) (func(*eventlog.Entry) bool, error) {
	var list []*Trail
	for t, err := range trails.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
	standing, err := a.Standing(tx, account)
	if err != nil {
		return nil, err
	}
	if standing.Organization != "" {
		for t, err := range trails.EachRef(tx, "organization", store.K(standing.Organization)) {
			if err != nil {
				return nil, err
			}
			if t.Account != account {
				list = append(list, t)
			}
		}
	}
	if len(list) == 0 {
		return nil, nil
	}
	members := []string{account}
	return func(e *eventlog.Entry) bool {
		return slices.ContainsFunc(list, func(t *Trail) bool { return t.logged(e) && t.covers(e, members) && t.picks(e) })
	}, nil
}

// logged says that the trail logs, or had not stopped yet when the event was recorded: the call that stops it is the last one.
func (t *Trail) logged(e *eventlog.Entry) bool {
	return !t.Started.IsZero() && !e.Time.Before(t.Started) && (t.Logging || !e.Time.After(t.Stopped))
}

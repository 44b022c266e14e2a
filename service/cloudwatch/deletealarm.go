package cloudwatch

import (
	"slices"

	api "vauban/api/cloudwatch"
	"vauban/service"
	"vauban/store"
)

// onDelete asks about each alarm by itself.
func onDelete(c *service.Call, in *api.DeleteAlarmsInput) ([]service.Question, error) {
	return onAlarms(c, in.AlarmNames)
}

// deleteAlarms deletes those that exist. One that a composite alarm names stays, unless that goes too.
func (s *Service) deleteAlarms(c *service.Call, in *api.DeleteAlarmsInput) (*api.DeleteAlarmsOutput, error) {
	var going []*Alarm
	composites := 0
	for _, name := range in.AlarmNames {
		a, err := alarms.Get(c.Tx, store.K(c.Account, c.Region, name))
		if store.IsAbsent(err) {
			return nil, api.ResourceNotFound.New("Unable to find the alarm %s.", name)
		}
		if err != nil {
			return nil, err
		}
		if a.Composite != nil {
			composites++
		}
		if !slices.ContainsFunc(going, func(b *Alarm) bool { return b.Name == a.Name }) {
			going = append(going, a)
		}
	}
	if composites > 1 {
		return nil, invalid("You can delete only one composite alarm per operation.")
	}
	for _, a := range going {
		parents, err := parentsOf(c.Tx, c.Account, c.Region, a.Name)
		if err != nil {
			return nil, err
		}
		for _, parent := range parents {
			if !slices.ContainsFunc(going, func(b *Alarm) bool { return b.Name == parent }) {
				return nil, invalid("Cannot delete %s as there are composite alarm(s) depending on it.", a.Name)
			}
		}
	}
	for _, a := range going {
		if err := s.delete(c, a); err != nil {
			return nil, err
		}
	}
	return &api.DeleteAlarmsOutput{}, nil
}

func (s *Service) delete(c *service.Call, a *Alarm) error {
	if err := alarms.Delete(c.Tx, a.key()); err != nil {
		return err
	}
	if err := states.Delete(c.Tx, a.key()); err != nil {
		return err
	}
	if err := addAlarms(c.Tx, a.Account, a.Region, -1); err != nil {
		return err
	}
	return s.configured(c, nil, a)
}

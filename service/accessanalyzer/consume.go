package accessanalyzer

import (
	"slices"
	"time"

	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// Consumers implements [service.Consuming]: findings follow every change of principals and organizations, so that their times are those of
// the changes and what comes and goes between two questions is not missed.
func (s *Service) Consumers() []service.Consumer {
	return []service.Consumer{{Name: "accessanalyzer.findings", Handle: s.follow}}
}

// sources are the services whose changes can let somebody in.
var sources = [...]string{"iam.amazonaws.com", "organizations.amazonaws.com", "s3.amazonaws.com", "s3-control.amazonaws.com", "kms.amazonaws.com"}

// follow refreshes all analyzers of external access if a batch changed what they look at. To refresh twice changes nothing.
func (s *Service) follow(tx store.Tx, batch []*eventlog.Entry) error {
	var last time.Time
	for _, e := range batch {
		if !e.ReadOnly && !e.Data && slices.Contains(sources[:], e.Source) {
			last = e.Time
		}
	}
	if last.IsZero() {
		return nil
	}
	var list []*Analyzer
	for a, err := range analyzers.Each(tx, nil) {
		if err != nil {
			return err
		}
		if a.external() {
			list = append(list, a)
		}
	}
	for _, a := range list {
		if err := s.refresh(tx, a, last); err != nil {
			return err
		}
	}
	return nil
}

package cloudtrail

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"slices"

	"strings"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// deliverInsights writes the Insights events that wait into the buckets of their trails, a file for each. What cannot be written waits on.
func (s *Service) deliverInsights(w *service.Work) error {
	var waiting []*insightEvent
	err := s.Store.Read(w, func(tx store.Tx) error {
		page, err := insightEvents.ListRef(tx, "waiting", store.K(""), nil, 1000)
		waiting = page.Items
		return err
	})
	if err != nil {
		return err
	}
	for _, e := range waiting {
		for _, to := range e.Trails {
			if bad := s.deliverInsight(w, e, to); bad != nil {
				err = errors.Join(err, fmt.Errorf("deliver Insights event %s to %s: %w", e.ID, to, bad))
			}
		}
	}
	return err
}

func (s *Service) deliverInsight(w *service.Work, e *insightEvent, to string) error {
	t, err := s.trailOf(w, to)
	if err != nil {
		return err
	}
	if t != nil {
		body, err := zipped([]byte(`{"Records":[` + e.Record + `]}`))
		if err != nil {
			return err
		}
		if _, err = s.put(w.Call(t.Account, t.Region), w.Door, &t.Settings, object{key: t.insightKey(e), body: body, encrypted: true}); err != nil {
			return err
		}
	}
	return s.Store.Write(w, func(tx store.Tx) error {
		if err := w.Check(tx); err != nil {
			return err
		}
		now, err := insightEvents.Get(tx, insightEvents.Key(e))
		if absent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		now.Trails = slices.DeleteFunc(now.Trails, func(x string) bool { return x == to })
		return insightEvents.Update(tx, now)
	})
}

// trailOf is the trail of an ARN, nil when it is gone.
func (s *Service) trailOf(w *service.Work, text string) (t *Trail, err error) {
	a, err := arn.Parse(text)
	if err != nil {
		return nil, err
	}
	err = s.Store.Read(w, func(tx store.Tx) error {
		t, err = trails.Get(tx, trailKey(a.Account, a.Region, strings.TrimPrefix(a.Resource, "trail/")))
		if absent(err) {
			t, err = nil, nil
		}
		return err
	})
	return t, err
}

// insightKey is the key of the file of an Insights event: the same whenever it is written.
func (t *Settings) insightKey(e *insightEvent) string {
	sum := sha256.Sum256([]byte(e.ID + t.Name))
	at := e.Time.UTC()
	return fmt.Sprintf("%s%s/%s/%s_CloudTrail-Insight_%s_%s_%s.json.gz", t.folder(e.Account, "CloudTrail-Insight"), e.Region, at.Format("2006/01/02"),
		e.Account, e.Region, at.Format("20060102T1504Z"), base32.StdEncoding.EncodeToString(sum[:])[:16])
}

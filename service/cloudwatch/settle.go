package cloudwatch

import (
	"context"
	"maps"
	"slices"
	"time"

	"vauban/engine/alarm"
	"vauban/service"
	"vauban/store"
)

// verdict is that an alarm is to change, as one snapshot shows it.
type verdict struct {
	*watch
	from alarm.State
	to   *outcome
}

// write is one transaction of a job.
func (s *Service) write(w *service.Work) func(func(store.Tx) error) error {
	return func(fn func(store.Tx) error) error {
		return s.Store.Write(w, func(tx store.Tx) error {
			if err := w.Check(tx); err != nil {
				return err
			}
			return fn(tx)
		})
	}
}

// some is how many alarms are evaluated on one snapshot.
const some = 1000

// settle evaluates alarms and carries out what changes, then goes on with the composite alarms above those that changed. It returns those that were put off.
func (s *Service) settle(w *service.Work, p *page, watches []*watch, changed []string) (late []*watch, err error) {
	for part := range slices.Chunk(watches, some) {
		verdicts, putOff, err := s.judge(w, part)
		if err != nil {
			return nil, err
		}
		done, err := s.execute(w, verdicts)
		if err != nil {
			return nil, err
		}
		changed, late = append(changed, done...), append(late, putOff...)
	}
	return late, s.rise(w, p, changed)
}

// rise settles the composite alarms above alarms that changed, and those above them. Rules make no circles: it ends.
func (s *Service) rise(w *service.Work, p *page, changed []string) error {
	for len(changed) > 0 {
		above := map[string]*watch{}
		for _, key := range changed {
			for _, parent := range p.parents[key] {
				above[parent.key] = parent
			}
		}
		verdicts, _, err := s.judge(w, slices.Collect(maps.Values(above)))
		if err != nil {
			return err
		}
		if changed, err = s.execute(w, verdicts); err != nil {
			return err
		}
	}
	return nil
}

// judge evaluates alarms on one snapshot, and returns those that are to change, or to look at what they hold back, and those that are put off.
func (s *Service) judge(w *service.Work, watches []*watch) (out []verdict, late []*watch, err error) {
	if len(watches) == 0 {
		return nil, nil, nil
	}
	err = s.Store.Read(w, func(tx store.Tx) error {
		out, late = nil, nil
		present, err := s.statesOf(tx, watches)
		if err != nil {
			return err
		}
		for _, x := range watches {
			st := present[x.key]
			if st == nil {
				continue // deleted
			}
			o, err := s.outcome(w, tx, x, w.Time)
			if err != nil {
				return err
			}
			if o.late {
				late = append(late, x)
			}
			if o.state != "" && o.state != st.Value || st.Suppression != nil {
				out = append(out, verdict{x, st.Value, o})
			}
		}
		return nil
	})
	return out, late, err
}

// few is how many alarms are looked up one by one. For more, all states are gone through, of which only those that have changed are decoded.
const few = 50

// statesOf are the states of alarms, by key. They are shared with who asks later, and must not be changed.
func (s *Service) statesOf(tx store.Tx, watches []*watch) (map[string]*State, error) {
	out := make(map[string]*State, len(watches))
	if len(watches) > few {
		_, err := store.VisitMemo(tx, states, s.decoded, nil, nil, func(st *State) bool {
			out[string(states.Key(st))] = st
			return true
		})
		return out, err
	}
	for _, x := range watches {
		st, err := states.Get(tx, x.alarmKey())
		if store.IsAbsent(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out[x.key] = st
	}
	return out, nil
}

func (w *watch) alarmKey() store.Key { return store.Key(w.key) }

// outcome evaluates an alarm of either type.
func (s *Service) outcome(ctx context.Context, tx store.Tx, w *watch, now time.Time) (*outcome, error) {
	if w.Composite != nil {
		o, _, err := evaluateComposite(tx, w)
		return o, err
	}
	return s.evaluate(ctx, tx, w, now)
}

// execute carries out changes, unless somebody else has changed the alarm meanwhile. It returns the keys of those that it changed.
func (s *Service) execute(w *service.Work, verdicts []verdict) ([]string, error) {
	var changed []string
	for part := range slices.Chunk(verdicts, 50) {
		var done []string
		err := s.write(w)(func(tx store.Tx) error {
			done = nil
			for _, v := range part {
				ok, err := s.change(tx, v, w.Time)
				if err != nil {
					return err
				}
				if ok {
					done = append(done, v.key)
				}
			}
			return nil
		})
		if err != nil {
			return changed, err
		}
		changed = append(changed, done...)
	}
	return changed, nil
}

func (s *Service) change(tx store.Tx, v verdict, now time.Time) (bool, error) {
	a, err := alarms.Get(tx, v.alarmKey())
	if store.IsAbsent(err) || err == nil && !a.Updated.Equal(v.Updated) {
		return false, nil // deleted, or another now: it is evaluated as what it has become
	}
	if err != nil {
		return false, err
	}
	st, err := states.Get(tx, v.alarmKey())
	if err != nil || st.Value != v.from {
		return false, err
	}
	o := v.to
	var children []child
	if a.Composite != nil { // its alarms may have changed since
		if o, children, err = evaluateComposite(tx, v.watch); err != nil {
			return false, err
		}
	}
	if o.state == "" || o.state == st.Value {
		if a.Composite == nil {
			return false, nil
		}
		_, err := s.resume(tx, a, st, now)
		return false, err
	}
	return true, s.transition(tx, a, st, o, children, now)
}

package events

import (
	"sync"

	"vauban/engine/pattern"
	"vauban/store"
)

// Book changes with every change of a bus's rules and archives: its revision tells whether what is compiled in memory is what the store has, on
// any replica and in any transaction.
type Book struct {
	Account, Region, Bus string
	Changes              int64
}

var bookTable = &store.Table[Book]{
	Name: "events.book",
	Key:  func(b *Book) store.Key { return store.K(b.Account, b.Region, b.Bus) },
}

// touch notes that rules or archives of a bus have changed.
func touch(tx store.Tx, n busName) error {
	b, err := bookTable.Get(tx, n.key())
	if store.IsAbsent(err) {
		b, err = &Book{Account: n.account, Region: n.region, Bus: n.name}, nil
	}
	if err != nil {
		return err
	}
	b.Changes++
	return bookTable.Put(tx, b)
}

// forget removes the book of a bus that is deleted.
func forget(tx store.Tx, n busName) error {
	if err := bookTable.Delete(tx, n.key()); err != nil && !store.IsAbsent(err) {
		return err
	}
	return nil
}

// compiled are the rules and archives of a bus, ready to be matched. Nobody changes it.
type compiled struct {
	rev      store.Rev
	rules    []*Rule // enabled, with a pattern
	set      *pattern.Set
	archives []*Archive
	kept     *pattern.Set // which archive keeps an event
}

// books keeps buses of late compiled.
type books struct {
	mu sync.Mutex
	m  map[string]*compiled
}

const maxBooks = 1000

// open returns the rules of a bus as the transaction sees them, nil when there are none.
func (s *Service) open(tx store.Tx, n busName) (*compiled, error) {
	_, rev, err := bookTable.GetRev(tx, n.key())
	if store.IsAbsent(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	key := n.arn()
	s.books.mu.Lock()
	c := s.books.m[key]
	s.books.mu.Unlock()
	if c != nil && c.rev == rev {
		return c, nil
	}
	if c, err = s.compile(tx, n); err != nil {
		return nil, err
	}
	c.rev = rev
	s.books.mu.Lock()
	defer s.books.mu.Unlock()
	if s.books.m == nil || len(s.books.m) >= maxBooks {
		s.books.m = map[string]*compiled{}
	}
	s.books.m[key] = c
	return c, nil
}

// compile reads the rules and archives of a bus.
func (s *Service) compile(tx store.Tx, n busName) (*compiled, error) {
	c := &compiled{}
	var list, kept []*pattern.Pattern
	for r, err := range rules.Each(tx, n.key()) {
		if err != nil {
			return nil, err
		}
		if r.Pattern == "" || r.State == stateDisabled {
			continue
		}
		p, err := s.patterns.compile(r.Pattern)
		if err != nil {
			return nil, err
		}
		c.rules, list = append(c.rules, r), append(list, p)
	}
	for a, err := range archives.EachRef(tx, "bus", n.key()) {
		if err != nil {
			return nil, err
		}
		p, err := s.patterns.compile(a.matched())
		if err != nil {
			return nil, err
		}
		c.archives, kept = append(c.archives, a), append(kept, p)
	}
	c.set, c.kept = pattern.NewSet(list), pattern.NewSet(kept)
	return c, nil
}

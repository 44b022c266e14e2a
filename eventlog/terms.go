package eventlog

import (
	"strconv"
	"strings"
	"sync"

	"vauban/eventlog/archive"
	"vauban/store"
)

// Further names of terms, beside CloudTrail's attributes. They are on disk.
const (
	termAll    = ""
	termRegion = "Region"
)

// indexer tells the archive what events are found by. It remembers terms: most values come again and again.
type indexer struct {
	mu    sync.Mutex
	terms map[termKey]archive.Term
}

type termKey struct {
	account string
	name    Attribute
	value   string
}

// maxTerms bounds what is remembered; then it begins anew.
const maxTerms = 16 << 10

func (x *indexer) term(account string, a Attribute, value string) archive.Term {
	k := termKey{account, a, value}
	t, known := x.terms[k]
	if !known {
		if len(x.terms) >= maxTerms || x.terms == nil {
			x.terms = make(map[termKey]archive.Term)
		}
		// Copies: the strings of an entry are parts of one that is much longer.
		k = termKey{strings.Clone(account), a, strings.Clone(value)}
		t = termOf(account, a, value)
		x.terms[k] = t
	}
	return t
}

// index is the archive.Index. Data events are found by their ID only.
func (x *indexer) index(ev *store.Event) (archive.Kind, []archive.Term, error) {
	e, err := decode(ev)
	if err != nil {
		return 0, nil, err
	}
	if e.Data {
		return archive.Data, nil, nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	terms := make([]archive.Term, 0, 8+2*len(e.Resources))
	add := func(a Attribute, value string) {
		if value != "" || a == termAll {
			terms = append(terms, x.term(e.Account, a, value))
		}
	}
	add(termAll, "")
	add(termRegion, e.Region)
	add(ByEventName, e.Name)
	add(ByReadOnly, strconv.FormatBool(e.ReadOnly))
	add(ByUsername, e.User)
	add(ByEventSource, e.Source)
	add(ByAccessKeyID, e.AccessKeyID)
	for i := range e.Resources {
		add(ByResourceType, e.Resources[i].Type)
		add(ByResourceName, e.Resources[i].Name)
	}
	return archive.Management, terms, nil
}

func termOf(account string, a Attribute, value string) archive.Term {
	return archive.TermOf(account, string(a), value)
}

// matches reports whether the entry is what the query asks for, its position aside.
func (q *Query) matches(e *Entry) bool {
	if e.Data || e.Account != q.Account || q.Region != "" && e.Region != q.Region {
		return false
	}
	if !q.Start.IsZero() && e.Time.Before(q.Start) || !q.End.IsZero() && e.Time.After(q.End) {
		return false
	}
	if q.Attribute != "" && q.Value == "" {
		return false // what an entry does not have is not found by
	}
	switch q.Attribute {
	case ByEventID:
		return e.ID == q.Value
	case ByEventName:
		return e.Name == q.Value
	case ByReadOnly:
		return strconv.FormatBool(e.ReadOnly) == q.Value
	case ByUsername:
		return e.User == q.Value
	case ByEventSource:
		return e.Source == q.Value
	case ByAccessKeyID:
		return e.AccessKeyID == q.Value
	case ByResourceType:
		for i := range e.Resources {
			if e.Resources[i].Type == q.Value {
				return true
			}
		}
		return false
	case ByResourceName:
		for i := range e.Resources {
			if e.Resources[i].Name == q.Value {
				return true
			}
		}
		return false
	}
	return q.Attribute == ""
}

// search is the query as terms: the most telling first.
func (q *Query) search() []archive.Term {
	var terms []archive.Term
	if q.Attribute != "" {
		terms = append(terms, termOf(q.Account, q.Attribute, q.Value))
	}
	if q.Region != "" {
		terms = append(terms, termOf(q.Account, termRegion, q.Region))
	}
	if len(terms) == 0 {
		terms = append(terms, termOf(q.Account, termAll, ""))
	}
	return terms
}

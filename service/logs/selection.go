package logs

import (
	"encoding/json"
	"strings"

	api "vauban/api/logs"
)

// selection says which log groups an account policy holds for: those whose names begin so, or those whose names are not these. API reference:
// "PutAccountPolicy", selectionCriteria.
type selection struct {
	prefixes []string
	without  []string
}

// prefixSelection reads LogGroupNamePrefix IN ["a", "b"], which policies of indexes and transformers have.
func prefixSelection(text string) (selection, error) {
	list, err := quotedList(text, "LogGroupNamePrefix", "IN")
	return selection{prefixes: list}, err
}

// exceptSelection reads LogGroupName NOT IN ["a", "b"], which policies of subscriptions have.
func exceptSelection(text string) (selection, error) {
	list, err := quotedList(text, "LogGroupName", "NOT", "IN")
	return selection{without: list}, err
}

// quotedList reads words and a list of texts behind them. An empty text selects everything.
func quotedList(text string, words ...string) ([]string, error) {
	bad := invalid("The specified selectionCriteria is invalid: write %s [\"name\"].", strings.Join(words, " "))
	rest := strings.TrimSpace(text)
	if rest == "" {
		return nil, nil
	}
	for _, w := range words {
		if len(rest) <= len(w) || !strings.EqualFold(rest[:len(w)], w) {
			return nil, bad
		}
		rest = strings.TrimSpace(rest[len(w):])
	}
	var list []string
	if err := json.Unmarshal([]byte(rest), &list); err != nil || len(list) == 0 {
		return nil, bad
	}
	return list, nil
}

// overlaps reports whether a name can begin with prefixes of both.
func (x selection) overlaps(o selection) bool {
	if len(x.prefixes) == 0 || len(o.prefixes) == 0 {
		return true
	}
	for _, a := range x.prefixes {
		for _, b := range o.prefixes {
			if strings.HasPrefix(a, b) || strings.HasPrefix(b, a) {
				return true
			}
		}
	}
	return false
}

func (x selection) takes(name string) bool {
	for _, w := range x.without {
		if w == name {
			return false
		}
	}
	for _, p := range x.prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return len(x.prefixes) == 0
}

// selected is the policy of a type that holds for the group: there is one at most, since selections do not overlap. What was stored can be read.
func selected(all []*AccountPolicy, kind, group string) *AccountPolicy {
	for _, p := range all {
		if p.Type != kind {
			continue
		}
		read := prefixSelection
		if kind == api.PolicyTypeSubscriptionFilterPolicy {
			read = exceptSelection
		}
		if x, err := read(p.Selection); err == nil && x.takes(group) {
			return p
		}
	}
	return nil
}

// apart refuses a policy that may hold for a group for which another of its type does.
func apart(p *AccountPolicy, have []*AccountPolicy) error {
	mine, err := prefixSelection(p.Selection)
	if err != nil {
		return err
	}
	for _, o := range have {
		theirs, err := prefixSelection(o.Selection)
		if err == nil && o.Name != p.Name && mine.overlaps(theirs) {
			return invalid("The selectionCriteria overlaps with that of the account policy %s: a log group name can be selected by one policy of a type only.", o.Name)
		}
	}
	return nil
}

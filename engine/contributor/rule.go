package contributor

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Rule is a rule, read. It is not changed.
type Rule struct {
	Names  []string // patterns of log groups: a name, or the beginning of names and an asterisk
	Groups []Group  // in place of Names, when the rule gives ARNs
	Keys   []string // as the rule spells them
	Sum    bool     // it adds up values, and does not only count

	valueOf string
	format  string
	keys    []field
	value   *field
	filters []filter
	needs   []string // of every event that counts
}

// Bounds of a rule. User Guide: "Contributor Insights rule syntax in CloudWatch". API reference: "PutInsightRule".
const (
	maxText    = 8192
	maxKeys    = 4
	maxFilters = 4
	maxStrings = 10
	maxGroups  = 100
	maxFields  = 128
)

// The formats of log events.
const (
	formatJSON = "JSON"
	formatCLF  = "CLF"
)

// definition is a rule as it is written.
type definition struct {
	Schema        schema
	LogGroupNames []string
	LogGroupARNs  []string
	LogFormat     string
	Fields        map[string]string
	Contribution  contribution
	AggregateOn   string
}

type schema struct {
	Name    string
	Version int
}

type contribution struct {
	Keys    []string
	ValueOf string
	Filters []map[string]json.RawMessage
}

// Parse reads a rule.
func Parse(text string) (*Rule, error) {
	if len(text) > maxText {
		return nil, fmt.Errorf("the rule has more than %d characters", maxText)
	}
	var d definition
	dec := json.NewDecoder(strings.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("the rule is not the JSON of one: %w", explained(err))
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("the rule has something behind its JSON object")
	}
	r := &Rule{Names: d.LogGroupNames, Keys: d.Contribution.Keys, valueOf: d.Contribution.ValueOf, format: d.LogFormat}
	if err := r.check(&d); err != nil {
		return nil, err
	}
	if err := r.compile(&d); err != nil {
		return nil, err
	}
	return r, nil
}

// explained puts what the decoder says of Go's types into words.
func explained(err error) error {
	if e := (*json.UnmarshalTypeError)(nil); errors.As(err, &e) {
		return fmt.Errorf("%s cannot be a %s", e.Field, e.Value)
	}
	return errors.New(strings.TrimPrefix(err.Error(), "json: "))
}

func (r *Rule) check(d *definition) error {
	groups := slices.Concat(d.LogGroupNames, d.LogGroupARNs)
	switch {
	case d.Schema != schema{"CloudWatchLogRule", 1}:
		return errors.New(`the Schema must be {"Name": "CloudWatchLogRule", "Version": 1}`)
	case len(d.LogGroupNames) > 0 && len(d.LogGroupARNs) > 0:
		return errors.New("the members LogGroupNames and LogGroupARNs exclude each other")
	case len(groups) == 0:
		return errors.New("no log group is named in LogGroupNames or LogGroupARNs")
	case len(groups) > maxGroups:
		return fmt.Errorf("it names more than %d log groups", maxGroups)
	case d.LogFormat != formatJSON && d.LogFormat != formatCLF:
		return errors.New("the LogFormat must be JSON or CLF")
	case d.AggregateOn != "Count" && d.AggregateOn != "Sum":
		return errors.New("the member AggregateOn must be Count or Sum")
	case d.AggregateOn == "Count" && d.Contribution.ValueOf != "":
		return errors.New("only rules with AggregateOn Sum have a ValueOf")
	case len(d.Contribution.Keys) == 0 || len(d.Contribution.Keys) > maxKeys:
		return fmt.Errorf("a rule has 1 to %d Keys in its Contribution", maxKeys)
	case len(d.Contribution.Filters) > maxFilters:
		return fmt.Errorf("a rule has %d Filters at most", maxFilters)
	case len(d.Fields) > 0 && d.LogFormat != formatCLF:
		return errors.New("only rules with the LogFormat CLF have Fields")
	case len(d.Fields) > maxFields:
		return fmt.Errorf("a rule has %d Fields at most", maxFields)
	}
	return r.checkGroups(d)
}

// checkGroups: an asterisk stands at the end of a name only.
func (r *Rule) checkGroups(d *definition) error {
	for _, name := range d.LogGroupNames {
		if !isPattern(name) {
			return fmt.Errorf("%q is not the name of a log group, and not the beginning of one with an asterisk", short(name))
		}
	}
	for _, text := range d.LogGroupARNs {
		g, err := ParseGroup(text)
		if err != nil {
			return err
		}
		r.Groups = append(r.Groups, g)
	}
	return nil
}

func isPattern(name string) bool {
	plain := strings.TrimSuffix(name, "*")
	return name != "" && len(plain) <= 512 && !strings.ContainsFunc(plain, func(c rune) bool { return !inName(c) })
}

// inName reports whether the name of a log group may have the character. API reference: "CreateLogGroup".
func inName(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_-/.#", c)
}

func (r *Rule) compile(d *definition) error {
	aliases, err := aliasesOf(d.Fields)
	if err != nil {
		return err
	}
	read := func(text string) (field, error) { return parseField(r.format, aliases, text) }
	for i, key := range d.Contribution.Keys {
		f, err := read(key)
		if err != nil {
			return fmt.Errorf("in Keys: %w", err)
		}
		if slices.Contains(d.Contribution.Keys[:i], key) {
			return fmt.Errorf("the key %q is there twice", short(key))
		}
		r.keys = append(r.keys, f)
		r.needs = append(r.needs, f.needs()...)
	}
	if r.Sum = d.AggregateOn == "Sum"; r.valueOf != "" {
		f, err := read(r.valueOf)
		if err != nil {
			return fmt.Errorf("in ValueOf: %w", err)
		}
		r.value = &f
		r.needs = append(r.needs, f.needs()...)
	}
	for i, raw := range d.Contribution.Filters {
		f, err := parseFilter(raw, read)
		if err != nil {
			return fmt.Errorf("in filter %d: %w", i+1, err)
		}
		r.filters = append(r.filters, f)
		r.needs = append(r.needs, f.needs()...)
	}
	slices.Sort(r.needs)
	r.needs = slices.Compact(r.needs)
	return nil
}

// Same reports whether contributors of both rules are the same things, counted alike, so that what was counted under one goes on under the other.
func (r *Rule) Same(o *Rule) bool {
	return slices.Equal(r.Keys, o.Keys) && r.Sum == o.Sum && r.valueOf == o.valueOf && r.format == o.format
}

// strict reads one value, with nothing behind it.
func strict(raw json.RawMessage, into any) error {
	if bytes.Equal(bytes.TrimSpace(raw), []byte("null")) {
		return errors.New("null is no value")
	}
	return json.Unmarshal(raw, into)
}

func short(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

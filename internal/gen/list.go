package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// list says what is built of one service: services/<name>.txt.
//
//	global: yes                          one store for all regions
//	model: elastic-load-balancing-v2     folder in the public layout, where it is not the service's name
//	actions: cloudwatch                  prefix of the IAM actions, where the model has none or another
//	action ListBuckets: s3:ListAllMyBuckets   the actions of one operation, comma-separated, where not <prefix>:<operation>
//	readonly: AssumeRole, GetFederationToken  recorded as readOnly although the action's level is not
//	validation: InvalidParameterException     error code of failed constraints
//	pattern S3ResourceArn: arn:.*        the pattern of a shape where the service takes more than its model says
//	hide-values: yes                     validation messages name neither value nor enum set
//	record-times: Jan 2, 2006, 3:04:05 PM     Go layout of timestamps in CloudTrail records, where it is not the usual one
//	sensitive: MessageBody, LogEvent$message  members that no record shows, though the model does not say so: of every structure, or of one
//	open: QueueAttributeName             enums whose values the service itself checks, in words of its own
//	ListBuckets                          an operation that is built
//
// The line `*` builds every operation of the model.
type list struct {
	name       string
	model      string
	prefix     string
	global     bool
	every      bool
	hideValues bool
	validation string
	recordTime string
	actions    map[string][]string
	patterns   map[string]string
	readOnly   []string
	open       []string
	sensitive  []string
	operations []string

	hidden map[string]bool // of sensitive, those that were found in the model
}

func readLists(dir string) ([]*list, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil {
		return nil, err
	}
	slices.Sort(paths)
	var out []*list
	for _, p := range paths {
		l, err := readList(p)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no service lists in %s", dir)
	}
	return out, nil
}

func readList(path string) (*list, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	l := &list{name: strings.TrimSuffix(filepath.Base(path), ".txt"), actions: map[string][]string{}, patterns: map[string]string{}}
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line, _, _ := strings.Cut(sc.Text(), "#")
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if err := l.line(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return l, nil
}

func (l *list) line(line string) error {
	key, value, isSetting := strings.Cut(line, ":")
	if !isSetting {
		if line == "*" {
			l.every = true
			return nil
		}
		if strings.ContainsAny(line, " \t") {
			return fmt.Errorf("not an operation name: %q", line)
		}
		if slices.Contains(l.operations, line) {
			return fmt.Errorf("%s is listed twice", line)
		}
		l.operations = append(l.operations, line)
		return nil
	}
	value = strings.TrimSpace(value)
	if op, ok := strings.CutPrefix(key, "action "); ok {
		l.actions[strings.TrimSpace(op)] = words(value)
		return nil
	}
	if shape, ok := strings.CutPrefix(key, "pattern "); ok {
		l.patterns[strings.TrimSpace(shape)] = value
		return nil
	}
	switch key {
	case "global":
		return yes(value, &l.global)
	case "hide-values":
		return yes(value, &l.hideValues)
	case "model":
		l.model = value
	case "actions":
		l.prefix = value
	case "validation":
		l.validation = value
	case "record-times":
		l.recordTime = value
	case "sensitive":
		l.sensitive = append(l.sensitive, words(value)...)
	case "open":
		l.open = append(l.open, words(value)...)
	case "readonly":
		l.readOnly = append(l.readOnly, words(value)...)
	default:
		return fmt.Errorf("unknown setting %q", key)
	}
	return nil
}

// hides says that records do not show a member.
func (l *list) hides(shape, member string) bool {
	hides := false
	for _, name := range []string{member, shape + "$" + member} {
		if slices.Contains(l.sensitive, name) {
			if l.hidden == nil {
				l.hidden = map[string]bool{}
			}
			hides, l.hidden[name] = true, true
		}
	}
	return hides
}

// checkHidden fails for a name that hides nothing: what it meant to hide would be in records.
func (l *list) checkHidden() error {
	for _, name := range l.sensitive {
		if !l.hidden[name] {
			return fmt.Errorf("%s.txt: sensitive: no operation that is built has a member %s", l.name, name)
		}
	}
	return nil
}

func yes(value string, to *bool) error {
	if value != "yes" {
		return fmt.Errorf("want yes, not %q; leave the line out otherwise", value)
	}
	*to = true
	return nil
}

func words(s string) []string {
	var out []string
	for w := range strings.SplitSeq(s, ",") {
		if w = strings.TrimSpace(w); w != "" {
			out = append(out, w)
		}
	}
	return out
}

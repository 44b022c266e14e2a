package catalog

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// table is the generated text, compressed. Its lines are fields with tabs between them; the first says what the line is:
//
//	#	TEXT                     where the table comes from
//	k	NAME TYPE                a condition key; keys are counted from 0
//	K	KEY...                   a list of keys; lists are counted from 1, 0 is the empty one
//	U	TYPE[*] LIST...          resource types with their list of keys, * when required; counted likewise
//	s	PREFIX NAME LIST TYPES ACTIONS [rcp]
//		a service, the numbers of its resource types and actions, and the following lines are of it:
//	r	NAME ARN LIST            a resource type
//	a	NAME LEVEL USES LIST [DEPENDENTS]
//
// Services, types and actions are sorted by name without regard to case.
//
//go:embed catalog.tsv.gz
var table []byte

// Load reads the embedded table: some milliseconds and some megabytes. Callers keep what they get.
func Load() (*Catalog, error) {
	z, err := gzip.NewReader(bytes.NewReader(table))
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	var text strings.Builder
	text.Grow(int(binary.LittleEndian.Uint32(table[len(table)-4:]))) // RFC 1952: the last member is the length of the text
	if _, err := io.Copy(&text, z); err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	return parse(text.String())
}

// parser reads the table's lines. Everything that many rows share is read once: lists of keys and of resource types.
type parser struct {
	c       *Catalog
	service *Service
	keys    []Key
	lists   [][]string
	indexes [][]int
	uses    [][]ResourceUse
}

func parse(text string) (*Catalog, error) {
	p := &parser{c: &Catalog{globals: globalKeys()}, lists: make([][]string, 1), indexes: make([][]int, 1), uses: make([][]ResourceUse, 1)}
	for n := 1; text != ""; n++ {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("catalog: line %d: %w", n, err)
		}
	}
	return p.c, nil
}

func (p *parser) line(line string) error {
	kind, rest, _ := strings.Cut(line, "\t")
	switch kind {
	case "#":
		return nil
	case "k":
		name, typ, _ := strings.Cut(rest, "\t")
		p.keys = append(p.keys, Key{name, typ})
		return nil
	case "K":
		return p.keyList(strings.Split(rest, "\t"))
	case "U":
		return p.useList(strings.Split(rest, "\t"))
	case "s":
		return p.serviceLine(strings.Split(rest, "\t"))
	}
	if p.service == nil {
		return fmt.Errorf("%q outside of a service", kind)
	}
	var f [5]string
	n := split(rest, f[:])
	switch {
	case kind == "r" && n == 3:
		return p.resourceType(f[0], f[1], f[2])
	case kind == "a" && n >= 4 && len(f[1]) == 1:
		return p.action(f)
	}
	return fmt.Errorf("not a line of the table: %q", line)
}

// split fills f with the fields of a line and returns how many there are.
func split(line string, f []string) int {
	for i := range f {
		var more bool
		if f[i], line, more = strings.Cut(line, "\t"); !more {
			return i + 1
		}
	}
	return len(f)
}

func (p *parser) keyList(fields []string) error {
	list, index := make([]string, len(fields)), make([]int, len(fields))
	for i, f := range fields {
		k, err := at(p.keys, f)
		if err != nil {
			return err
		}
		list[i] = k.Name
		index[i], _ = strconv.Atoi(f)
	}
	p.lists, p.indexes = append(p.lists, list), append(p.indexes, index)
	return nil
}

func (p *parser) useList(fields []string) error {
	list := make([]ResourceUse, len(fields)/2)
	for i := range list {
		u := &list[i]
		u.Type, u.Required = strings.CutSuffix(fields[2*i], "*")
		var err error
		if u.Keys, err = at(p.lists, fields[2*i+1]); err != nil {
			return err
		}
	}
	p.uses = append(p.uses, list)
	return nil
}

func (p *parser) serviceLine(f []string) error {
	if len(f) < 5 {
		return fmt.Errorf("a service has a prefix, a name, keys and two numbers")
	}
	index, err := at(p.indexes, f[2])
	if err != nil {
		return err
	}
	types, err := strconv.ParseUint(f[3], 10, 12)
	if err != nil {
		return err
	}
	actions, err := strconv.ParseUint(f[4], 10, 12)
	if err != nil {
		return err
	}
	p.service = &Service{
		Prefix: f[0], Name: f[1], RCP: len(f) > 5 && f[5] == "rcp",
		Keys: make([]Key, len(index)), ResourceTypes: make([]ResourceType, 0, types), Actions: make([]Action, 0, actions),
	}
	for i, k := range index {
		p.service.Keys[i] = p.keys[k]
	}
	p.c.services = append(p.c.services, p.service)
	return nil
}

func (p *parser) resourceType(name, arn, list string) error {
	keys, err := at(p.lists, list)
	if err != nil {
		return err
	}
	p.service.ResourceTypes = append(p.service.ResourceTypes, ResourceType{name, arn, keys})
	return nil
}

func (p *parser) action(f [5]string) error {
	a := Action{Name: f[0], Level: Level(f[1][0])}
	var err error
	if a.Resources, err = at(p.uses, f[2]); err != nil {
		return err
	}
	if a.Keys, err = at(p.lists, f[3]); err != nil {
		return err
	}
	if f[4] != "" {
		a.Dependents = strings.Split(f[4], ",")
	}
	p.service.Actions = append(p.service.Actions, a)
	return nil
}

func at[T any](list []T, index string) (t T, err error) {
	i, err := strconv.Atoi(index)
	if err != nil || i < 0 || i >= len(list) {
		return t, fmt.Errorf("no entry %q among %d", index, len(list))
	}
	return list[i], nil
}

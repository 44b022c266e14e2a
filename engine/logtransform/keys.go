package logtransform

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"vauban/engine/regex"
)

// The processors of keys. User Guide: "JSON mutate processors".

const maxKeyEntries = 5

type addKeys struct {
	Entries []struct {
		Key               string `json:"key"`
		Value             string `json:"value"`
		OverwriteIfExists bool   `json:"overwriteIfExists"`
	} `json:"entries"`
}

func (a *addKeys) prepare(*regex.Compiler) error {
	err := entries(len(a.Entries), maxKeyEntries)
	for _, x := range a.Entries {
		err = errors.Join(err, checkPaths(x.Key))
		if len(x.Value) > 256 {
			err = errors.Join(err, errors.New("a value has 256 characters at most"))
		}
	}
	return err
}

func (a *addKeys) apply(e *event) error {
	for _, x := range a.Entries {
		if _, have := at(e.doc, x.Key); have && !x.OverwriteIfExists {
			continue
		}
		if err := e.set(x.Key, x.Value); err != nil {
			return fmt.Errorf("addKeys: %w", err)
		}
	}
	return nil
}

type deleteKeys struct {
	WithKeys []string `json:"withKeys"`
}

func (d *deleteKeys) prepare(*regex.Compiler) error {
	return errors.Join(entries(len(d.WithKeys), maxKeyEntries), checkPaths(d.WithKeys...))
}

func (d *deleteKeys) apply(e *event) error {
	for _, k := range d.WithKeys {
		e.drop(k)
	}
	return nil
}

type transfer struct {
	Source            string `json:"source"`
	Target            string `json:"target"`
	OverwriteIfExists bool   `json:"overwriteIfExists"`
}

func checkTransfers(list []transfer) error {
	err := entries(len(list), maxKeyEntries)
	for _, x := range list {
		err = errors.Join(err, checkPaths(x.Source, x.Target))
	}
	return err
}

type moveKeys struct {
	Entries []transfer `json:"entries"`
}

func (m *moveKeys) prepare(*regex.Compiler) error { return checkTransfers(m.Entries) }

// apply moves into the target where it is an object, and to the target otherwise.
func (m *moveKeys) apply(e *event) error {
	for _, x := range m.Entries {
		v, ok := at(e.doc, x.Source)
		if !ok || x.Target == x.Source || strings.HasPrefix(x.Target, x.Source+".") {
			continue
		}
		have, exists := at(e.doc, x.Target)
		if inner, ok := have.(map[string]any); ok {
			name := x.Source[strings.LastIndexByte(x.Source, '.')+1:]
			if _, exists := inner[name]; exists && !x.OverwriteIfExists {
				continue
			}
			e.drop(x.Source)
			inner[name] = v
			continue
		}
		if exists && !x.OverwriteIfExists {
			continue
		}
		e.drop(x.Source)
		if err := e.set(x.Target, v); err != nil {
			return fmt.Errorf("moveKeys: %w", err)
		}
	}
	return nil
}

type renameKeys struct {
	Entries []struct {
		Key               string `json:"key"`
		RenameTo          string `json:"renameTo"`
		OverwriteIfExists bool   `json:"overwriteIfExists"`
	} `json:"entries"`
}

func (r *renameKeys) prepare(*regex.Compiler) error {
	err := entries(len(r.Entries), maxKeyEntries)
	for _, x := range r.Entries {
		err = errors.Join(err, checkPaths(x.Key, x.RenameTo))
	}
	return err
}

func (r *renameKeys) apply(e *event) error {
	for _, x := range r.Entries {
		v, ok := at(e.doc, x.Key)
		_, exists := at(e.doc, x.RenameTo)
		if !ok || exists && !x.OverwriteIfExists || strings.HasPrefix(x.RenameTo, x.Key+".") {
			continue
		}
		e.drop(x.Key)
		if err := e.set(x.RenameTo, v); err != nil {
			return fmt.Errorf("renameKeys: %w", err)
		}
	}
	return nil
}

type copyValue struct {
	Entries []transfer `json:"entries"`
}

func (c *copyValue) prepare(*regex.Compiler) error { return checkTransfers(c.Entries) }

func (c *copyValue) apply(e *event) error {
	for _, x := range c.Entries {
		v, ok := e.known(x.Source)
		_, exists := at(e.doc, x.Target)
		if !ok || exists && !x.OverwriteIfExists {
			continue
		}
		if err := e.set(x.Target, v); err != nil {
			return fmt.Errorf("copyValue: %w", err)
		}
	}
	return nil
}

// known is a value of the event, or of where it was logged. Objects are copied: the copy changes alone.
func (e *event) known(path string) (any, bool) {
	switch path {
	case "@logGroupName":
		return e.meta.LogGroup, true
	case "@logGroupStream":
		return e.meta.LogStream, true
	case "@accountId":
		return e.meta.Account, true
	case "@regionName":
		return e.meta.Region, true
	}
	v, ok := at(e.doc, path)
	return copied(v), ok
}

func copied(v any) any {
	switch x := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, y := range x {
			out[k] = copied(y)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, y := range x {
			out[i] = copied(y)
		}
		return out
	}
	return v
}

type listToMap struct {
	Source           string `json:"source"`
	Key              string `json:"key"`
	ValueKey         string `json:"valueKey"`
	Target           string `json:"target"`
	Flatten          bool   `json:"flatten"`
	FlattenedElement string `json:"flattenedElement"`
}

func (l *listToMap) prepare(*regex.Compiler) error {
	if l.Flatten && l.FlattenedElement != "first" && l.FlattenedElement != "last" {
		return errors.New("listToMap with flatten wants a flattenedElement, first or last")
	}
	return errors.Join(checkPaths(l.Source, l.Key), optional(l.ValueKey), optional(l.Target))
}

func (l *listToMap) apply(e *event) error {
	v, ok := at(e.doc, l.Source)
	if !ok {
		return nil
	}
	list, ok := v.([]any)
	if !ok {
		return fmt.Errorf("listToMap: the value of %s is no list", l.Source)
	}
	lists, order := map[string][]any{}, map[string]any{}
	for _, item := range list {
		x, ok := item.(map[string]any)
		if !ok {
			return fmt.Errorf("listToMap: %s has an item that is no object", l.Source)
		}
		k, ok := at(x, l.Key)
		if !ok {
			continue
		}
		name, value := textOf(k), any(copied(x))
		if l.ValueKey != "" {
			if value, ok = at(x, l.ValueKey); !ok {
				continue
			}
		}
		lists[name] = append(lists[name], value)
	}
	for name, values := range lists {
		switch {
		case !l.Flatten:
			order[name] = values
		case l.FlattenedElement == "first":
			order[name] = values[0]
		default:
			order[name] = values[len(values)-1]
		}
	}
	return e.place(l.Target, order)
}

// textOf writes a value as a text.
func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return string(v)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

package logtransform

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"vauban/engine/regex"
)

// User Guide: "Datatype converter processors".

type typeConverter struct {
	Entries []struct {
		Key  string `json:"key"`
		Type string `json:"type"`
	} `json:"entries"`
}

func (t *typeConverter) prepare(*regex.Compiler) error {
	err := entries(len(t.Entries), maxKeyEntries)
	for _, x := range t.Entries {
		switch x.Type {
		case "integer", "double", "string", "boolean":
		default:
			err = errors.Join(err, errors.New("a type is integer, double, string or boolean"))
		}
		err = errors.Join(err, checkPaths(x.Key))
	}
	return err
}

func (t *typeConverter) apply(e *event) error {
	for _, x := range t.Entries {
		v, ok := at(e.doc, x.Key)
		if !ok {
			continue
		}
		out, err := converted(v, x.Type)
		if err != nil {
			return fmt.Errorf("typeConverter: the value of %s is no %s", x.Key, x.Type)
		}
		if err := e.set(x.Key, out); err != nil {
			return fmt.Errorf("typeConverter: %w", err)
		}
	}
	return nil
}

var errType = errors.New("it cannot be converted")

func converted(v any, kind string) (any, error) {
	text := ""
	switch v := v.(type) {
	case string:
		text = strings.TrimSpace(v)
	case json.Number:
		text = string(v)
	case bool:
		text = strconv.FormatBool(v)
	default:
		if kind == "string" {
			return textOf(v), nil
		}
		return nil, errType
	}
	switch kind {
	case "string":
		if s, ok := v.(string); ok {
			return s, nil
		}
		return text, nil
	case "boolean":
		switch strings.ToLower(text) {
		case "true", "1":
			return true, nil
		case "false", "0":
			return false, nil
		}
		return nil, errType
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || strings.ContainsAny(text, "xXpP_") {
		return nil, errType
	}
	if kind == "double" {
		return json.Number(strconv.FormatFloat(f, 'g', -1, 64)), nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return json.Number(strconv.FormatInt(n, 10)), nil
	}
	if math.Abs(f) >= 1<<63 {
		return nil, errType
	}
	return json.Number(strconv.FormatInt(int64(f), 10)), nil
}

package sql

import (
	"fmt"
	"strings"
	"time"
)

// Kind is what values of a type are.
type Kind uint8

// The kinds of types.
const (
	Unknown Kind = iota // of NULL
	Boolean
	Bigint
	Double
	Varchar
	Timestamp
	Date
	Interval
	JSON
	Row
	Map // from varchar
	Array
)

// Type is the type of a column or expression.
type Type struct {
	Kind   Kind
	Fields []Column // of rows
	Elem   *Type    // of maps and arrays
}

// Column is a column of a table or a field of a row.
type Column struct {
	Name     string // also of the member of the document, in whatever case
	Type     *Type
	Document bool // the column is the whole document
}

var (
	unknown   = &Type{Kind: Unknown}
	boolean   = &Type{Kind: Boolean}
	bigint    = &Type{Kind: Bigint}
	double    = &Type{Kind: Double}
	varchar   = &Type{Kind: Varchar}
	timestamp = &Type{Kind: Timestamp}
	date      = &Type{Kind: Date}
	duration  = &Type{Kind: Interval}
	jsonType  = &Type{Kind: JSON}
)

func (t *Type) String() string {
	switch t.Kind {
	case Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = strings.ToLower(f.Name) + " " + f.Type.String()
		}
		return "row(" + strings.Join(parts, ", ") + ")"
	case Map:
		return "map(varchar, " + t.Elem.String() + ")"
	case Array:
		return "array(" + t.Elem.String() + ")"
	}
	return [...]string{"unknown", "boolean", "bigint", "double", "varchar", "timestamp", "date", "interval", "json"}[t.Kind]
}

func (t *Type) numeric() bool { return t.Kind == Bigint || t.Kind == Double || t.Kind == Unknown }
func (t *Type) moment() bool  { return t.Kind == Timestamp || t.Kind == Date }
func (t *Type) is(k Kind) bool {
	return t.Kind == k || t.Kind == Unknown
}

// scalar reports whether values can be compared and grouped.
func (t *Type) scalar() bool { return t.Kind < Interval }

// common is the type that both can be, nil when there is none.
func common(a, b *Type) *Type {
	switch {
	case a.Kind == b.Kind && a.Kind < Row, b.Kind == Unknown:
		return a
	case a.Kind == Unknown:
		return b
	case a.numeric() && b.numeric():
		return double
	case a.moment() && b.moment():
		return timestamp
	case a.Kind == b.Kind && a.String() == b.String():
		return a
	}
	return nil
}

// castable is the type of a name, nil when nothing can be cast to it.
func castable(name string) *Type {
	switch name {
	case "varchar", "string":
		return varchar
	case "bigint", "integer", "int":
		return bigint
	case "double", "real", "decimal":
		return double
	case "boolean":
		return boolean
	case "timestamp":
		return timestamp
	case "date":
		return date
	case "json":
		return jsonType
	}
	return nil
}

// Times are counted in microseconds.
const (
	second int64 = 1_000_000
	minute       = 60 * second
	hour         = 60 * minute
	day          = 24 * hour
)

// period is an interval.
type period struct {
	months int64
	micros int64
}

// parseTime reads a time as SQL or ISO 8601 writes it. Without a zone it is UTC.
func parseTime(s string) (time.Time, error) {
	for _, layout := range [...]string{"2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02", "2006-01-02 15:04", "2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04:05 Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("value cannot be cast to timestamp: %s", s)
}

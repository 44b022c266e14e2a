package sql

import (
	"fmt"
	"strings"
)

func (e *literal) place() pos  { return e.at }
func (e *name) place() pos     { return e.at }
func (e *member) place() pos   { return e.at }
func (e *element) place() pos  { return e.at }
func (e *unary) place() pos    { return e.at }
func (e *binary) place() pos   { return e.at }
func (e *isNull) place() pos   { return e.at }
func (e *like) place() pos     { return e.at }
func (e *inList) place() pos   { return e.at }
func (e *call) place() pos     { return e.at }
func (e *caseOf) place() pos   { return e.at }
func (e *cast) place() pos     { return e.at }
func (e *interval) place() pos { return e.at }

func (e *literal) text() string { return fmt.Sprintf("%s %q", e.k, fmt.Sprint(e.v)) }
func (e *name) text() string    { return fmt.Sprintf("%q", e.name) }
func (e *member) text() string  { return fmt.Sprintf("%s.%q", e.x.text(), e.name) }
func (e *element) text() string { return e.x.text() + "[" + e.i.text() + "]" }
func (e *unary) text() string   { return "(" + e.op + " " + e.x.text() + ")" }
func (e *binary) text() string  { return "(" + e.x.text() + " " + e.op + " " + e.y.text() + ")" }
func (e *isNull) text() string  { return "(" + e.x.text() + " is null)" }
func (e *inList) text() string  { return "(" + e.x.text() + " in " + texts(e.list) + ")" }
func (e *interval) text() string {
	return fmt.Sprintf("interval %d %d", e.months, e.micros)
}

func (e *like) text() string {
	return "(" + e.x.text() + " like " + e.pattern.text() + " escape " + optional(e.escape) + ")"
}

func (e *call) text() string {
	return fmt.Sprintf("%s(%t %t %s %s)", e.name, e.star, e.distinct, texts(e.args), optional(e.filter))
}

func (e *caseOf) text() string {
	return "case " + optional(e.x) + texts(e.when) + texts(e.then) + optional(e.orElse)
}

func (e *cast) text() string { return fmt.Sprintf("cast(%t %s as %s)", e.try, e.x.text(), e.to) }

func optional(e expr) string {
	if e == nil {
		return "-"
	}
	return e.text()
}

func texts(list []expr) string {
	var b strings.Builder
	b.WriteByte('(')
	for _, e := range list {
		b.WriteString(e.text())
		b.WriteByte(',')
	}
	b.WriteByte(')')
	return b.String()
}

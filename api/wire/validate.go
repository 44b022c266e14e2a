package wire

import (
	"net/http"
	"reflect"
	"strconv"
	"strings"
)

// maxViolations bounds the message of a request that is wrong all over.
const maxViolations = 32

// Validate checks an input, as [Decode] returns it, against the constraints of the model in one pass: required members, lengths, ranges, patterns,
// enums. The error is an [*Error] in AWS's words, with the code of the protocol's family.
func Validate(p Protocol, op *Operation, in any) error {
	v := reflect.ValueOf(in)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Type().Elem() != op.Input {
		return errInternal.New("The request could not be validated.")
	}
	w := validator{service: op.Service}
	w.structure(v.Elem(), op.Service.plan(op.Input), nil)
	if len(w.found) == 0 {
		return nil
	}
	return w.failure(p, op)
}

// violation is one constraint that a value does not satisfy.
type violation struct {
	field   *field // the member of the input that it is in
	missing bool
	value   string // `'x' `, "null " or ""
	path    string
	rule    string
}

type validator struct {
	service *Service
	found   []violation
	top     *field // member of the input that is being walked
}

// step is one part of a path; paths are only put together for messages.
type step struct {
	up    *step
	field *field // a member,
	key   string // or a map key,
	index int    // or a list element, from 1
}

func (s *step) String() string {
	if s == nil {
		return ""
	}
	own := s.key + ".member"
	switch {
	case s.field != nil:
		own = s.field.record
	case s.index > 0:
		own = strconv.Itoa(s.index) + ".member"
	}
	if up := s.up.String(); up != "" {
		return up + "." + own
	}
	return own
}

func (w *validator) structure(v reflect.Value, p *structPlan, at *step) {
	set := 0
	for i := range p.fields {
		f := &p.fields[i]
		if at == nil {
			w.top = f
		}
		fv := v.Field(f.index)
		if f.absent(fv) {
			if f.required {
				w.add(violation{missing: true, value: "null ", path: (&step{up: at, field: f}).String(), rule: "Member must not be null"})
			}
			continue
		}
		set++
		if f.check == nil && f.elem == nil && f.plan == nil {
			continue
		}
		w.value(fv, &f.node, step{up: at, field: f})
	}
	if p.union && set != 1 {
		w.add(violation{path: at.String(), rule: "Exactly one member of the union must be set"})
	}
}

func (w *validator) add(v violation) {
	if len(w.found) < maxViolations {
		v.field = w.top
		w.found = append(w.found, v)
	}
}

// value checks a value that is present. at is passed by value and escapes only where there is something to go into.
func (w *validator) value(v reflect.Value, n *node, at step) {
	given := v
	v = n.deref(v)
	var buf [4]string
	rules := buf[:0]
	switch n.kind {
	case kindString:
		rules = n.check.text(rules, v.String(), w.service.HideValues)
	case kindInt:
		rules = n.check.number(rules, float64(v.Int()))
	case kindFloat:
		rules = n.check.number(rules, v.Float())
	case kindBlob, kindList, kindMap:
		rules = n.check.length(rules, v.Len())
		if n.check != nil && n.check.unique && repeats(v) {
			rules = append(rules, "Member must have unique values")
		}
	}
	for _, rule := range rules {
		w.add(violation{value: w.shown(given, n), path: at.String(), rule: rule})
	}
	switch n.kind {
	case kindStruct:
		w.structure(v, n.plan, &step{up: at.up, field: at.field, key: at.key, index: at.index})
	case kindList:
		w.list(v, n, at)
	case kindMap:
		w.mapping(v, n, at)
	}
}

// list checks elements. AWS reports a simple element at its list, with all constraints of the element; a struct at its own place.
func (w *validator) list(v reflect.Value, n *node, at step) {
	e := n.elem
	if e.check == nil && e.elem == nil && e.plan == nil {
		return
	}
	here := &at
	for i := range v.Len() {
		ev := v.Index(i)
		if e.absent(ev) || len(w.found) >= maxViolations {
			continue
		}
		if e.plan != nil || e.elem != nil {
			w.value(ev, e, step{up: here, index: i + 1})
		} else if w.violates(ev, e) {
			w.add(violation{value: w.shown(v, n), path: here.String(), rule: "Member must satisfy constraint: " + e.check.all(w.service.HideValues)})
			return
		}
	}
}

func (w *validator) mapping(v reflect.Value, n *node, at step) {
	here := &at
	badKey, badValue := false, false
	for _, key := range sortedKeys(v) {
		if len(w.found) >= maxViolations {
			return
		}
		if !badKey && w.violates(key, n.key) {
			badKey = true
			w.add(violation{value: w.shown(v, n), path: here.String(), rule: "Map keys must satisfy constraint: " + n.key.check.all(w.service.HideValues)})
		}
		e, ev := n.elem, v.MapIndex(key)
		if e.absent(ev) {
			continue
		}
		if e.plan != nil || e.elem != nil {
			w.value(ev, e, step{up: here, key: key.String()})
		} else if !badValue && w.violates(ev, e) {
			badValue = true
			w.add(violation{value: w.shown(v, n), path: here.String(), rule: "Map value must satisfy constraint: " + e.check.all(w.service.HideValues)})
		}
	}
}

// violates reports whether a simple element breaks a constraint.
func (w *validator) violates(v reflect.Value, n *node) bool {
	if n.check == nil {
		return false
	}
	var buf [4]string
	v = n.deref(v)
	switch n.kind {
	case kindString:
		return len(n.check.text(buf[:0], v.String(), true)) > 0
	case kindInt:
		return len(n.check.number(buf[:0], float64(v.Int()))) > 0
	case kindFloat:
		return len(n.check.number(buf[:0], v.Float())) > 0
	case kindBlob:
		return len(n.check.length(buf[:0], v.Len())) > 0
	}
	return false
}

// repeats reports whether a list has two equal simple elements.
func repeats(v reflect.Value) bool {
	if v.Kind() != reflect.Slice || v.Len() < 2 || !v.Type().Elem().Comparable() || v.Type().Elem().Kind() == reflect.Pointer {
		return false
	}
	seen := make(map[any]bool, v.Len())
	for i := range v.Len() {
		x := v.Index(i).Interface()
		if seen[x] {
			return true
		}
		seen[x] = true
	}
	return false
}

// The codes of failed validation that are not modelled by the service.
var (
	errInternal    = &ErrorShape{Shape: "InternalFailure", Code: "InternalFailure", Status: http.StatusInternalServerError, Fault: true}
	errEC2Value    = &ErrorShape{Shape: "InvalidParameterValue", Code: "InvalidParameterValue", Status: http.StatusBadRequest}
	errEC2Missing  = &ErrorShape{Shape: "MissingParameter", Code: "MissingParameter", Status: http.StatusBadRequest}
	errQueryFailed = &ErrorShape{Shape: "ValidationError", Code: "ValidationError", Status: http.StatusBadRequest, Text: "message"}
)

// failure puts the error together.
func (w *validator) failure(p Protocol, op *Operation) *Error {
	first := w.found[0]
	switch {
	case p == EC2Query && first.missing:
		return errEC2Missing.New("The request must contain the parameter %s", first.field.ec2)
	case p == EC2Query:
		return errEC2Value.New("Value %sfor parameter %s is invalid. %s", first.value, first.path, first.rule)
	case p == RESTXML && op.Service.isS3() && (first.field.place == inBody || first.field.place == inPayload):
		return errXML.New("The XML you provided was not well-formed or did not validate against our published schema")
	case p == RESTXML && op.Service.isS3():
		return errArgument.New("%s", w.message()).With("ArgumentName", or(first.field.bound, first.field.name))
	case p == AWSQuery && op.Service.ValidationCode == "":
		return errQueryFailed.New("%s", w.message())
	}
	code := or(op.Service.ValidationCode, "ValidationException")
	for _, shape := range op.Errors {
		if shape.Shape == code {
			return shape.New("%s", w.message())
		}
	}
	return (&ErrorShape{Shape: code, Code: code, Status: http.StatusBadRequest, Text: "message"}).New("%s", w.message())
}

func (w *validator) message() string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(len(w.found)))
	if len(w.found) == 1 {
		b.WriteString(" validation error detected: ")
	} else {
		b.WriteString(" validation errors detected: ")
	}
	for i, v := range w.found {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString("Value ")
		b.WriteString(v.value)
		b.WriteString("at '")
		b.WriteString(v.path)
		b.WriteString("' failed to satisfy constraint: ")
		b.WriteString(v.rule)
	}
	return b.String()
}

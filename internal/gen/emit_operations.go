package main

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

func (p *pkg) emitOperations(b *bytes.Buffer) error {
	if len(p.operations) == 0 {
		return nil
	}
	a, err := p.about()
	if err != nil {
		return err
	}
	b.WriteString("// The operations.\nvar (\n")
	for _, op := range p.operations {
		if err := p.emitOperation(b, op, a); err != nil {
			return fmt.Errorf("%s: %w", op.ID, err)
		}
	}
	b.WriteString(")\n")
	return nil
}

func (p *pkg) emitOperation(b *bytes.Buffer, op *shape, a about) error {
	name := exported(local(op.ID))
	http := struct {
		Method, URI string
		Code        int
	}{Method: "POST", URI: "/", Code: 200}
	if p.rest() {
		if err := op.Traits.into("smithy.api#http", &http); err != nil {
			return err
		}
	}
	fmt.Fprintf(b, "\tOp%s = &wire.Operation{\n\t\tName: %q, Method: %q, URI: %q, Status: %d,\n", name, local(op.ID), http.Method, http.URI, http.Code)
	fmt.Fprintf(b, "\t\tInput: reflect.TypeFor[%[1]sInput](), Output: reflect.TypeFor[%[1]sOutput](),\n", name)
	actions, readOnly, err := p.actions(op, a)
	if err != nil {
		return err
	}
	readOnly = readOnly || op.Traits.has("smithy.api#readonly") || slices.Contains(p.list.readOnly, local(op.ID))
	if op.Traits.has("smithy.api#optionalAuth") {
		b.WriteString("\t\tUnsigned: true,\n")
	}
	if readOnly {
		b.WriteString("\t\tReadOnly: true,\n")
	}
	fmt.Fprintf(b, "\t\tActions: []wire.Action{%s},\n", strings.Join(actions, ", "))
	if names := p.errorNames(op); len(names) > 0 {
		fmt.Fprintf(b, "\t\tErrors: []*wire.ErrorShape{%s},\n", strings.Join(names, ", "))
	}
	if err := p.emitPaginated(b, op); err != nil {
		return err
	}
	var endpoint struct{ HostPrefix string }
	if err := op.Traits.into("smithy.api#endpoint", &endpoint); err != nil {
		return err
	}
	if endpoint.HostPrefix != "" {
		fmt.Fprintf(b, "\t\tHostLabel: %q,\n", endpoint.HostPrefix)
	}
	if op.Output == nil || op.Output.Target == unitID {
		b.WriteString("\t\tNoOutput: true,\n")
	}
	if root := p.root(op); root != "" {
		fmt.Fprintf(b, "\t\tRoot: %q,\n", root)
	}
	if op.Traits.has("aws.customizations#s3UnwrappedXmlOutput") {
		b.WriteString("\t\tUnwrapped: true,\n")
	}
	var checksum struct{ RequestChecksumRequired bool }
	if err := op.Traits.into("aws.protocols#httpChecksum", &checksum); err != nil {
		return err
	}
	if checksum.RequestChecksumRequired {
		b.WriteString("\t\tChecked: true,\n")
	}
	b.WriteString("\t}\n")
	return nil
}

// errorNames returns the error variables of an operation, sorted.
func (p *pkg) errorNames(op *shape) []string {
	var out []string
	for _, r := range slices.Concat(op.Errors, p.service.Errors) {
		out = append(out, p.goName["error "+r.Target])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// root is the element around a restXml output.
func (p *pkg) root(op *shape) string {
	if !p.service.Traits.has("aws.protocols#restXml") || op.Output == nil || op.Output.Target == unitID {
		return ""
	}
	out := p.model.Shapes[op.Output.Target]
	for _, mem := range out.Members {
		if mem.Traits.has("smithy.api#httpPayload") {
			return ""
		}
	}
	return cmp.Or(out.Traits.str("smithy.api#xmlName"), local(out.ID))
}

func (p *pkg) emitPaginated(b *bytes.Buffer, op *shape) error {
	if !op.Traits.has("smithy.api#paginated") {
		return nil
	}
	var own, base struct{ InputToken, OutputToken, Items, PageSize string }
	if err := p.service.Traits.into("smithy.api#paginated", &base); err != nil {
		return err
	}
	if err := op.Traits.into("smithy.api#paginated", &own); err != nil {
		return err
	}
	b.WriteString("\t\tPaginated: &wire.Pagination{")
	sep := ""
	for _, f := range []struct{ name, value string }{
		{"InputToken", cmp.Or(own.InputToken, base.InputToken)}, {"OutputToken", cmp.Or(own.OutputToken, base.OutputToken)},
		{"Items", cmp.Or(own.Items, base.Items)}, {"PageSize", cmp.Or(own.PageSize, base.PageSize)},
	} {
		if f.value != "" {
			fmt.Fprintf(b, "%s%s: %q", sep, f.name, f.value)
			sep = ", "
		}
	}
	b.WriteString("},\n")
	return nil
}

// actions returns the literals of an operation's IAM actions, and whether all are of level List or Read.
func (p *pkg) actions(op *shape, a about) ([]string, bool, error) {
	names := p.list.actions[local(op.ID)]
	var model struct {
		Name            string   `json:"name"`
		RequiredActions []string `json:"requiredActions"`
	}
	if err := op.Traits.into("aws.iam#iamAction", &model); err != nil {
		return nil, false, err
	}
	if len(names) == 0 {
		names = []string{a.actions + ":" + cmp.Or(model.Name, op.Traits.str("aws.iam#actionName"), local(op.ID))}
	}
	var required []string
	if err := op.Traits.into("aws.iam#requiredActions", &required); err != nil {
		return nil, false, err
	}
	var out []string
	readOnly := true
	for i, name := range names {
		row, err := p.authz.action(name)
		if err != nil {
			return nil, false, err
		}
		if row == nil { // an action that the reference does not list is treated as a write
			if p.list.actions[local(op.ID)] == nil {
				p.warnings = append(p.warnings, fmt.Sprintf("%s: the authorization reference has no action %s; name the right one in the list with `action %s: …`", p.list.name, name, local(op.ID)))
			}
			row = &action{Level: 'W'}
		}
		readOnly = readOnly && (row.Level == 'L' || row.Level == 'R')
		text := fmt.Sprintf("{Name: %q, Level: '%c'", name, row.Level)
		if len(row.Resources) > 0 {
			v, err := p.resourceVar(name, row.Resources)
			if err != nil {
				return nil, false, err
			}
			text += ", Resources: " + v
		}
		if v := p.keysVar(row.Keys); v != "" {
			text += ", Keys: " + v
		}
		dependent := row.Dependent
		if i == 0 {
			dependent = slices.Concat(dependent, model.RequiredActions, required)
		}
		slices.Sort(dependent)
		if dependent = slices.Compact(dependent); len(dependent) > 0 {
			text += ", Dependent: " + stringSlice(dependent)
		}
		out = append(out, text+"}")
	}
	return out, readOnly, nil
}

package main

import (
	"bytes"
	"fmt"
	"slices"
)

func (p *pkg) emitErrors(b *bytes.Buffer) error {
	if len(p.errors) == 0 {
		return nil
	}
	protocols := p.protocols()
	query := slices.Contains(protocols, "wire.AWSQuery") || slices.Contains(protocols, "wire.EC2Query")
	compatible := p.service.Traits.has("aws.protocols#awsQueryCompatible")
	b.WriteString("// The modelled errors.\nvar (\n")
	for _, id := range p.errors {
		s := p.model.Shapes[id]
		var legacy struct {
			Code   string
			Status int `json:"httpResponseCode"`
		}
		if err := s.Traits.into("aws.protocols#awsQueryError", &legacy); err != nil {
			return err
		}
		fault := s.Traits.str("smithy.api#error") == "server"
		status := 400
		if fault {
			status = 500
		}
		if query && !compatible && legacy.Status != 0 {
			status = legacy.Status
		}
		if err := s.Traits.into("smithy.api#httpError", &status); err != nil {
			return err
		}
		if onlyJSON(protocols) { // whatever the model says: KMS's modelled 409s arrive as 400
			status = 400
			if fault {
				status = 500
			}
		}
		code := local(id)
		if (query || compatible) && legacy.Code != "" {
			code = legacy.Code
		}
		name := p.goName["error "+id]
		fmt.Fprintf(b, "\t%s = &wire.ErrorShape{Shape: %q, Code: %q, Status: %d", name, local(id), code, status)
		if fault {
			b.WriteString(", Fault: true")
		}
		if compatible && legacy.Code != "" {
			fmt.Fprintf(b, ", QueryCode: %q", legacy.Code)
			if legacy.Status != 0 {
				fmt.Fprintf(b, ", QueryStatus: %d", legacy.Status)
			}
		}
		if text := messageMember(s); text != "" {
			fmt.Fprintf(b, ", Text: %q", text)
		}
		if p.names.taken["members"+name] {
			fmt.Fprintf(b, ", Members: reflect.TypeFor[members%s]()", name)
		}
		b.WriteString("}\n")
	}
	b.WriteString(")\n")
	return nil
}

// onlyJSON says that a service speaks AWS JSON alone: there the status of an error tells only whose fault it is.
func onlyJSON(protocols []string) bool {
	return len(protocols) > 0 && !slices.ContainsFunc(protocols, func(p string) bool { return p != "wire.AWSJSON10" && p != "wire.AWSJSON11" })
}

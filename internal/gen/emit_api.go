package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
)

// protocolTraits maps traits to wire constants in the order in which clients prefer them.
var protocolTraits = []struct{ trait, constant string }{
	{"smithy.protocols#rpcv2Cbor", "wire.RPCv2CBOR"},
	{"aws.protocols#awsJson1_0", "wire.AWSJSON10"},
	{"aws.protocols#awsJson1_1", "wire.AWSJSON11"},
	{"aws.protocols#restJson1", "wire.RESTJSON1"},
	{"aws.protocols#restXml", "wire.RESTXML"},
	{"aws.protocols#awsQuery", "wire.AWSQuery"},
	{"aws.protocols#ec2Query", "wire.EC2Query"},
}

func (p *pkg) protocols() []string {
	var out []string
	for _, t := range protocolTraits {
		if p.service.Traits.has(t.trait) {
			out = append(out, t.constant)
		}
	}
	return out
}

// rest reports whether operations are bound to HTTP methods and paths.
func (p *pkg) rest() bool {
	return p.service.Traits.has("aws.protocols#restJson1") || p.service.Traits.has("aws.protocols#restXml")
}

// about is aws.api#service with its defaults.
type about struct {
	SDKID          string `json:"sdkId"`
	EndpointPrefix string `json:"endpointPrefix"`
	ARNNamespace   string `json:"arnNamespace"`
	EventSource    string `json:"cloudTrailEventSource"`
	signingName    string
	actions        string // prefix of IAM actions
}

// about fills what a model leaves out: the ARN namespace is the signing name, the event source is the endpoint prefix at amazonaws.com, and the
// prefix of IAM actions is whichever of these the authorization reference knows.
func (p *pkg) about() (about, error) {
	var a about
	if err := p.service.Traits.into("aws.api#service", &a); err != nil {
		return a, err
	}
	var sig struct{ Name string }
	if err := p.service.Traits.into("aws.auth#sigv4", &sig); err != nil {
		return a, err
	}
	a.EndpointPrefix = cmp.Or(a.EndpointPrefix, sig.Name, p.list.name)
	a.signingName = cmp.Or(sig.Name, a.EndpointPrefix)
	a.ARNNamespace = cmp.Or(a.ARNNamespace, a.signingName)
	// public models write "service.amazonaws.com" where they do not know better
	if a.EventSource == "" || strings.HasPrefix(a.EventSource, "service.") {
		a.EventSource = a.EndpointPrefix + ".amazonaws.com"
	}
	a.actions = p.list.prefix
	for _, candidate := range []string{a.ARNNamespace, a.signingName, a.EndpointPrefix, p.list.name} {
		if a.actions == "" && p.authz.Services[candidate] != nil {
			a.actions = candidate
		}
	}
	a.actions = cmp.Or(a.actions, a.ARNNamespace)
	return a, nil
}

func (p *pkg) emitAPI(b *bytes.Buffer) error {
	a, err := p.about()
	if err != nil {
		return err
	}
	var ns struct{ URI string }
	if err := p.service.Traits.into("smithy.api#xmlNamespace", &ns); err != nil {
		return err
	}
	var restXML struct{ NoErrorWrapping bool }
	if err := p.service.Traits.into("aws.protocols#restXml", &restXML); err != nil {
		return err
	}
	namespace, target, _ := strings.Cut(p.service.ID, "#")
	fmt.Fprintf(b, "// API is the service with its operations.\nvar API = wire.NewService(&wire.Service{\n")
	for _, f := range []struct{ name, value string }{
		{"Name", p.list.name}, {"SDKID", a.SDKID}, {"EndpointPrefix", a.EndpointPrefix}, {"SigningName", a.signingName}, {"ARNNamespace", a.ARNNamespace},
		{"EventSource", a.EventSource}, {"Version", p.service.Version}, {"TargetPrefix", target}, {"Namespace", namespace}, {"XMLNamespace", ns.URI},
		{"ValidationCode", p.list.validation}, {"RecordTime", p.list.recordTime},
	} {
		if f.value != "" {
			fmt.Fprintf(b, "\t%s: %q,\n", f.name, f.value)
		}
	}
	fmt.Fprintf(b, "\tProtocols: []wire.Protocol{%s},\n", strings.Join(p.protocols(), ", "))
	for _, f := range []struct {
		name string
		on   bool
	}{
		{"QueryCompatible", p.service.Traits.has("aws.protocols#awsQueryCompatible")}, {"Global", p.list.global},
		{"BareErrors", restXML.NoErrorWrapping}, {"HideValues", p.list.hideValues},
	} {
		if f.on {
			fmt.Fprintf(b, "\t%s: true,\n", f.name)
		}
	}
	b.WriteString("\tShapes: shapes,\n\tOperations: []*wire.Operation{\n")
	for _, op := range p.operations {
		fmt.Fprintf(b, "\t\tOp%s,\n", exported(local(op.ID)))
	}
	b.WriteString("\t},\n")
	if len(p.unbuilt) > 0 {
		b.WriteString("\tUnbuilt: []string{\n")
		for _, name := range p.unbuilt {
			fmt.Fprintf(b, "\t\t%q,\n", name)
		}
		b.WriteString("\t},\n")
	}
	b.WriteString("})\n")
	return nil
}

package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/colorprofile"

	"vauban/engine/catalog"
	"vauban/engine/policy/lint"
)

// lintCommand is the group of commands that look for faults without a server.
type lintCommand struct {
	Policy lintPolicy `cmd:"" help:"Find what is wrong with policies, or could be better: the checks of IAM Access Analyzer's ValidatePolicy, without a server. Exit code 0 without errors, 1 with, 2 when a file cannot be read."`
}

type lintPolicy struct {
	Type         string   `help:"What the policies are for: ${enum}." enum:"identity,resource,trust,scp,rcp" required:""`
	ResourceType string   `help:"What a resource policy is attached to: AWS::S3::Bucket, AWS::S3::AccessPoint, AWS::S3::MultiRegionAccessPoint, AWS::S3ObjectLambda::AccessPoint or AWS::DynamoDB::Table." placeholder:"TYPE"`
	JSON         bool     `name:"json" help:"Print one finding a line as JSON, as ValidatePolicy answers, with the file's name."`
	Files        []string `arg:"" name:"file" help:"Files with one policy each; - is standard input."`
}

// largestPolicy is more than any policy may have, in bytes; the checks answer for what lies between.
const largestPolicy = 1 << 20

// Run prints the findings of all files, in their order.
func (c *lintPolicy) Run(std *stdio) error {
	kind, err := c.kind()
	if err != nil {
		return err
	}
	cat, err := catalog.Load()
	if err != nil {
		return err
	}
	print := (&lintPrinter{out: colorprofile.NewWriter(std.out, os.Environ())}).text
	if c.JSON {
		print = (&lintPrinter{out: std.out}).json
	}
	var unread error
	wrong := false
	for _, file := range c.Files {
		text, err := readPolicy(std, file)
		if err != nil {
			unread = errors.Join(unread, err)
			continue
		}
		for _, f := range lint.Check(text, kind, cat) {
			wrong = wrong || f.Type == lint.Error
			if err := print(file, f); err != nil {
				return err
			}
		}
	}
	switch {
	case unread != nil:
		return &failure{code: 2, err: unread}
	case wrong:
		return &failure{code: 1}
	}
	return nil
}

func (c *lintPolicy) kind() (lint.Kind, error) {
	policyType, resourceType := "RESOURCE_POLICY", c.ResourceType
	switch c.Type {
	case "identity":
		policyType = "IDENTITY_POLICY"
	case "scp":
		policyType = "SERVICE_CONTROL_POLICY"
	case "rcp":
		policyType = "RESOURCE_CONTROL_POLICY"
	case "trust":
		if resourceType == "" {
			resourceType = "AWS::IAM::AssumeRolePolicyDocument"
		}
	}
	kind, ok := lint.KindOf(policyType, resourceType)
	if !ok || c.Type == "trust" && kind.Policy != lint.Trust {
		return kind, &failure{code: 2, err: hint(fmt.Errorf("--resource-type %s does not go with --type %s", c.ResourceType, c.Type), "vauban lint policy --help lists the types; leave --resource-type out for other resources")}
	}
	return kind, nil
}

func readPolicy(std *stdio, file string) ([]byte, error) {
	in := std.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	text, err := io.ReadAll(io.LimitReader(in, largestPolicy))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	return text, nil
}

// lintPrinter prints findings.
type lintPrinter struct{ out io.Writer }

// text prints file:line:column, as editors read it: columns are counted from 1.
func (p *lintPrinter) text(file string, f lint.Finding) error {
	at := f.Locations[0].Span.Start
	_, err := fmt.Fprintf(p.out, "%s:%d:%d: %s %s %s\n", file, at.Line, at.Column+1, styleOf(f.Type).Render(string(f.Type)), f.IssueCode, strings.ReplaceAll(f.Details, "\n", " "))
	return err
}

func (p *lintPrinter) json(file string, f lint.Finding) error {
	e := json.NewEncoder(p.out)
	e.SetEscapeHTML(false)
	return e.Encode(struct {
		File string `json:"file"`
		lint.Finding
	}{file, f})
}

func styleOf(t lint.Type) lipgloss.Style {
	switch t {
	case lint.Error:
		return styleBad
	case lint.Suggestion:
		return styleDim
	}
	return styleCommand
}

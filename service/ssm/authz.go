package ssm

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/automation"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// found is what the rule of a call has found. A stranger is refused before.
type found struct {
	named     named
	document  *Document
	execution *Execution
	opsItem   *OpsItem
	start     *start
}

func foundIn(c *service.Call) found {
	f, _ := c.Found.(found)
	return f
}

func onAny[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// onDocument makes the rule of an operation on a document of the caller's account.
func onDocument[In any](s *Service, name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		q, _, err := s.documentQuestion(c, wire.Text(name(in)))
		return []service.Question{q}, err
	}
}

// documentQuestion is the question about a document. One that is shared lets the accounts in that it is shared with.
func (s *Service) documentQuestion(c *service.Call, name string) (service.Question, found, error) {
	q := service.Question{ResourceType: typeDocument, Context: map[string][]string{"ssm:DocumentType": {api.DocumentTypeAutomation}}}
	n, err := nameOf(c, name)
	if err != nil {
		q.Resource = documentARN(c.Partition, c.Region, c.Account, name)
		c.Found = found{named: named{account: c.Account, name: name}}
		return q, found{}, nil
	}
	q.Resource = documentARN(c.Partition, c.Region, n.account, n.name)
	d, err := s.find(c.Tx, c.Region, n)
	if err != nil {
		return q, found{}, err
	}
	f := found{named: n, document: d}
	if n.account != "" && n.account != c.Account {
		q.Account = n.account
		if q.Policy, err = s.sharing(c, d); err != nil {
			return q, f, err
		}
	}
	if d != nil {
		service.ResourceTags(q.Context, service.TagMap(d.Tags), ownTags)
	}
	c.Found = f
	return q, f, nil
}

// sharing is what the sharing of a document says, as the policy of a resource. nil for a document that is not there, or not shared.
func (s *Service) sharing(c *service.Call, d *Document) (*policy.Named, error) {
	if d == nil || len(d.Shared) == 0 {
		return nil, nil
	}
	var principal any = "*"
	if _, public := d.Shared[allAccounts]; !public {
		principal = map[string]any{"AWS": slices.Sorted(maps.Keys(d.Shared))}
	}
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []any{map[string]any{
		"Effect": "Allow", "Principal": principal, "Resource": d.arn(c.Partition),
		"Action": []string{"ssm:GetDocument", "ssm:DescribeDocument", "ssm:ListDocumentVersions", "ssm:StartAutomationExecution"},
	}}})
	if err != nil {
		return nil, fmt.Errorf("write what a document is shared as: %w", err)
	}
	doc, err := s.policies.Parse(string(text))
	if err != nil {
		return nil, err
	}
	return &policy.Named{Name: d.arn(c.Partition), Document: doc}, nil
}

func (s *Service) onNewDocument(c *service.Call, in *api.CreateDocumentInput) ([]service.Question, error) {
	q, _, err := s.documentQuestion(c, wire.Text(in.Name))
	if err != nil {
		return nil, err
	}
	service.RequestTags(q.Context, service.Tags(in.Tags))
	out := []service.Question{q}
	if len(in.Tags) > 0 {
		q.Action = "ssm:AddTagsToResource"
		out = append(out, q)
	}
	return out, nil
}

func executionARN(partition, region, account, id string) string {
	return "arn:" + partition + ":ssm:" + region + ":" + account + ":automation-execution/" + id
}

// onExecution makes the rule of an operation on an execution.
func onExecution[In any](id func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		q, err := executionQuestion(c, wire.Text(id(in)))
		return []service.Question{q}, err
	}
}

func executionQuestion(c *service.Call, id string) (service.Question, error) {
	q := service.Question{Resource: executionARN(c.Partition, c.Region, c.Account, id), ResourceType: "AWS::SSM::AutomationExecution", Context: map[string][]string{}}
	x, err := executions.ByUnique(c.Tx, "id", store.K(c.Account, c.Region, id))
	if err != nil && !store.IsAbsent(err) {
		return q, err
	}
	f := found{}
	if err == nil {
		f.execution = x
		service.ResourceTags(q.Context, service.TagMap(x.Tags), ownTags)
	}
	c.Found = f
	return q, nil
}

// onStart asks about the document, about executions, and about the role that the runbook gets.
func (s *Service) onStart(c *service.Call, in *api.StartAutomationExecutionInput) ([]service.Question, error) {
	doc, f, err := s.documentQuestion(c, wire.Text(in.DocumentName))
	if err != nil {
		return nil, err
	}
	run := service.Question{Resource: executionARN(c.Partition, c.Region, c.Account, "*"), Context: map[string][]string{}}
	service.RequestTags(doc.Context, service.Tags(in.Tags))
	service.RequestTags(run.Context, service.Tags(in.Tags))
	out := []service.Question{doc, run}
	if len(in.Tags) > 0 {
		run.Action = "ssm:AddTagsToResource"
		out = append(out, run)
	}
	f.start, err = s.prepare(c, f, in)
	if err != nil {
		return nil, err
	}
	c.Found = f
	if f.start.role != "" {
		out = append(out, service.PassRole(f.start.role, principal, nil))
	}
	return out, nil
}

// start is what StartAutomationExecution will do.
type start struct {
	err       error // why it cannot be done
	version   *Version
	runbook   *automation.Document
	arguments automation.Values
	globals   map[string]string
	role      string
}

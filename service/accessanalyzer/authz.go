package accessanalyzer

import (
	"strings"

	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

const typeAnalyzer = "AWS::AccessAnalyzer::Analyzer"

// onAll is the rule of an operation without a resource type.
func onAll[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// onName is the rule of an operation on the caller's analyzer of that name.
func (s *Service) onName(c *service.Call, name string, keys map[string][]string) ([]service.Question, error) {
	a := &Analyzer{Account: c.Account, Region: c.Region, Name: name}
	return s.onAnalyzer(c, a.ARN(c.Partition), keys)
}

// onAnalyzer is the rule of an operation on the analyzer of that ARN.
func (s *Service) onAnalyzer(c *service.Call, text string, keys map[string][]string) ([]service.Question, error) {
	q := service.Question{Resource: text, Context: map[string][]string{}, ResourceType: typeAnalyzer}
	for k, v := range keys {
		q.Context[k] = v
	}
	a, err := arn.Parse(text)
	if err != nil {
		return nil, invalid("Invalid analyzer ARN: %s", text)
	}
	if arn.IsAccount(a.Account) {
		q.Account = a.Account
	}
	tags := func(found *Analyzer) {
		service.ResourceTags(q.Context, service.TagMap(found.Tags))
	}
	read := func(tx store.Tx) error {
		found, err := analyzers.Get(tx, store.K(a.Account, a.Region, strings.TrimPrefix(a.Resource, "analyzer/")))
		if err == nil {
			tags(found)
		}
		if store.IsAbsent(err) {
			return nil
		}
		return err
	}
	if c.Tx != nil {
		err = read(c.Tx)
	} else {
		err = s.Store.Read(c, read)
	}
	return []service.Question{q}, err
}

// named makes a rule on the analyzer of a name.
func named[In any](s *Service, name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		return s.onName(c, wire.Text(name(in)), nil)
	}
}

// at makes a rule on the analyzer of an ARN.
func at[In any](s *Service, text func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		return s.onAnalyzer(c, wire.Text(text(in)), nil)
	}
}

// ruled makes a rule on an archive rule.
func ruled[In any](analyzer, rule func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		a := &Analyzer{Account: c.Account, Region: c.Region, Name: wire.Text(analyzer(in))}
		return []service.Question{{Resource: a.ARN(c.Partition) + "/archive-rule/" + wire.Text(rule(in)), ResourceType: "AWS::AccessAnalyzer::ArchiveRule"}}, nil
	}
}

// analyzerOf reads the caller's analyzer of an ARN.
func analyzerOf(c *service.Call, tx store.Tx, text string) (*Analyzer, error) {
	a, err := arn.Parse(text)
	name, ok := strings.CutPrefix(a.Resource, "analyzer/")
	if err != nil || !ok || a.Service != "access-analyzer" {
		return nil, invalid("Invalid analyzer ARN: %s", text)
	}
	if a.Account != c.Account || a.Region != c.Region {
		return nil, absent("Analyzer", text)
	}
	return analyzerNamed(c, tx, name)
}

// analyzerNamed reads the caller's analyzer of a name.
func analyzerNamed(c *service.Call, tx store.Tx, name string) (*Analyzer, error) {
	a, err := analyzers.Get(tx, store.K(c.Account, c.Region, name))
	if store.IsAbsent(err) {
		return nil, absent("Analyzer", (&Analyzer{Account: c.Account, Region: c.Region, Name: name}).ARN(c.Partition))
	}
	return a, err
}

package lambda

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"

	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

const typeFunction = "AWS::Lambda::Function"

// subject is the function, and what of it a call is about.
type subject struct {
	name     name
	function *Function // nil when there is none
	alias    *Alias    // nil unless the qualifier is one
	version  *Version  // nil for $LATEST
	config   *Config   // nil when the qualifier names nothing
}

// policy is the resource policy that counts for the ARN of the call.
func (x *subject) policy() *Policy {
	switch {
	case x.alias != nil:
		return &x.alias.Policy
	case x.version != nil:
		return &x.version.Policy
	case x.function != nil:
		return &x.function.Policy
	}
	return &Policy{}
}

// on makes the resource rule of an operation on a function. What it finds is the handler's [subjectOf].
func on[In any](s *Service, names func(*In) (function, qualifier *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		f, q := names(in)
		n, err := named(c, f, q)
		if err != nil {
			return nil, err
		}
		return s.onNamed(c, n)
	}
}

// onWhole is the rule of an operation on a function as a whole. What is asked about must be what is acted on: a name of a version or alias is refused,
// and the version that can be changed is the function itself.
func onWhole[In any](s *Service, function func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		n, err := named(c, function(in), nil)
		switch {
		case err != nil:
			return nil, err
		case n.qualifier != "" && n.qualifier != latest:
			return nil, invalid("This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.")
		}
		n.qualifier = ""
		return s.onNamed(c, n)
	}
}

// onEither is [on] where the version that can be changed has what the function itself has: it is one question, however it is named.
func onEither[In any](s *Service, names func(*In) (function, qualifier *string)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		f, q := names(in)
		n, err := named(c, f, q)
		if err != nil {
			return nil, err
		}
		if n.qualifier == latest {
			n.qualifier = ""
		}
		return s.onNamed(c, n)
	}
}

func (s *Service) onNamed(c *service.Call, n name) ([]service.Question, error) {
	x, err := s.look(c.Tx, n, false)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, x)
	return []service.Question{q}, err
}

// ask is the question about a subject, which becomes the one of the call.
func (s *Service) ask(c *service.Call, x *subject) (service.Question, error) {
	c.Found = x
	a := x.name.arn()
	q := service.Question{Resource: a, Account: x.name.account, ResourceType: typeFunction, Context: map[string][]string{}}
	c.Record().Resources = []service.Resource{{ARN: a, Account: x.name.account, Type: typeFunction}}
	if x.function == nil {
		return q, nil
	}
	service.ResourceTags(q.Context, service.TagMap(x.function.Tags))
	if p := x.policy(); p.Text != "" {
		doc, err := s.policies.Parse(p.Text)
		if err != nil {
			return q, err
		}
		q.Policy = &policy.Named{Name: a, Document: doc}
	}
	return q, nil
}

// subjectOf is what the rule has found. A stranger who may not know is refused before.
func subjectOf(c *service.Call) (*subject, error) {
	x, _ := c.Found.(*subject)
	switch {
	case x == nil || x.function == nil:
		n := name{}
		if x != nil {
			n = x.name
		}
		return nil, noFunction(n)
	case x.config == nil:
		return nil, noFunction(x.name)
	}
	return x, nil
}

// look looks a function up, with the version that its qualifier names. Of an alias that routes to two versions it takes one by weight. On a snapshot
// documents may be shared with other calls: they must not be changed.
func (s *Service) look(tx store.Tx, n name, shared bool) (*subject, error) {
	x := &subject{name: n}
	var err error
	x.function, err = get(tx, functions, s.functions, store.K(n.account, n.region, n.function), shared)
	if store.IsAbsent(err) {
		return x, nil
	}
	if err != nil {
		return nil, err
	}
	version := n.qualifier
	switch {
	case version == "" || version == latest:
		x.config = &x.function.Latest
		return x, nil
	case !isNumber(version):
		x.alias, err = get(tx, aliases, s.aliases, store.K(n.account, n.region, n.function, version), shared)
		if store.IsAbsent(err) {
			return x, nil
		}
		if err == nil {
			version, err = s.route(x.alias)
		}
		if err != nil {
			return nil, err
		}
		if version == latest {
			x.config = &x.function.Latest
			return x, nil
		}
	}
	x.version, err = get(tx, versions, s.versions, store.K(n.account, n.region, n.function, number(version)), shared)
	if store.IsAbsent(err) {
		x.version = nil
		return x, nil
	}
	if err != nil {
		return nil, err
	}
	x.config = &x.version.Config
	return x, nil
}

// get reads a document. A shared one may have been decoded for others before.
func get[T any](tx store.Tx, t *store.Table[T], memo *store.Memo[T, *T], key store.Key, shared bool) (*T, error) {
	if !shared {
		return t.Get(tx, key)
	}
	var out *T
	_, err := store.VisitMemo(tx, t, memo, key, nil, func(v *T) bool {
		if slices.Equal(t.Key(v), key) {
			out = v
		}
		return false
	})
	if err == nil && out == nil {
		err = store.ErrNotFound
	}
	return out, err
}

// route is the version to which an alias sends one invocation. Developer guide: "Implement Lambda canary deployments using a weighted alias".
func (s *Service) route(a *Alias) (string, error) {
	for version, weight := range a.Weights { // at most one
		var b [8]byte
		if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
			return "", fmt.Errorf("route an invocation: %w", err)
		}
		if float64(binary.BigEndian.Uint64(b[:])>>11)/(1<<53) < weight {
			return version, nil
		}
	}
	return a.Version, nil
}

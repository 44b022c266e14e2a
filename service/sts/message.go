package sts

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"vauban/access"
	api "vauban/api/sts"
	"vauban/engine/policy"
	"vauban/service"
)

// evidence is what the gateway seals of a refused call: all its questions with their answers.
type evidence struct {
	Principal struct {
		ARN string `json:"arn"`
		ID  string `json:"id"`
	} `json:"principal"`
	Questions []question `json:"questions"`
}

type question struct {
	Action    string              `json:"action"`
	Resource  string              `json:"resource"`
	Context   map[string][]string `json:"context"`
	Decision  string              `json:"decision"`
	DecidedBy []policy.Reason     `json:"decidedBy"`
}

// decoded is AWS's form of it, with decidedBy, which is ours: the policy and the place in it. AWS names neither.
// IAM User Guide and knowledge centre: "Decode an authorization failure message".
type decoded struct {
	Allowed           bool             `json:"allowed"`
	ExplicitDeny      bool             `json:"explicitDeny"`
	MatchedStatements items[statement] `json:"matchedStatements"`
	Failures          items[struct{}]  `json:"failures"`
	Context           struct {
		Principal struct {
			ID   string `json:"id"`
			Name string `json:"name"`
			ARN  string `json:"arn"`
		} `json:"principal"`
		Action     string             `json:"action"`
		Resource   string             `json:"resource"`
		Conditions items[conditionOf] `json:"conditions"`
	} `json:"context"`
	DecidedBy []policy.Reason `json:"decidedBy"`
}

type items[T any] struct {
	Items []T `json:"items"`
}

type statement struct {
	StatementID string `json:"statementId"`
	Effect      string `json:"effect"`
}

type conditionOf struct {
	Key    string         `json:"key"`
	Values items[valueOf] `json:"values"`
}

type valueOf struct {
	Value string `json:"value"`
}

// decodeAuthorizationMessage shows why a call of the caller's account was refused.
func (s *Service) decodeAuthorizationMessage(c *service.Call, in *api.DecodeAuthorizationMessageInput) (*api.DecodeAuthorizationMessageOutput, error) {
	m, err := access.OpenMessage(s.Seal, *in.EncodedMessage)
	if err != nil || m.Account != c.Account {
		return nil, api.InvalidAuthorizationMessageException.New("Message is not valid").Because(err)
	}
	text, err := decode(m.Authz)
	if err != nil {
		return nil, api.InvalidAuthorizationMessageException.New("Message is not valid").Because(err)
	}
	return &api.DecodeAuthorizationMessageOutput{DecodedMessage: &text}, nil
}

// decode shows the first question that was not allowed.
func decode(sealed []byte) (string, error) {
	var e evidence
	if err := json.Unmarshal(sealed, &e); err != nil {
		return "", fmt.Errorf("read the sealed questions: %w", err)
	}
	allowed := policy.Allow.String()
	i := slices.IndexFunc(e.Questions, func(q question) bool { return q.Decision != allowed })
	if i < 0 {
		return "", fmt.Errorf("none of %d questions was refused", len(e.Questions))
	}
	q := e.Questions[i]
	d := decoded{
		ExplicitDeny: q.Decision == policy.ExplicitDeny.String(), MatchedStatements: items[statement]{[]statement{}},
		Failures: items[struct{}]{[]struct{}{}}, DecidedBy: q.DecidedBy,
	}
	for _, r := range q.DecidedBy {
		if r.Statement >= 0 {
			d.MatchedStatements.Items = append(d.MatchedStatements.Items, statement{r.Sid, "DENY"})
		}
	}
	x := &d.Context
	x.Principal.ID, x.Principal.ARN, x.Principal.Name = e.Principal.ID, e.Principal.ARN, e.Principal.ARN[strings.LastIndexAny(e.Principal.ARN, "/:")+1:]
	x.Action, x.Resource, x.Conditions.Items = q.Action, q.Resource, []conditionOf{}
	for _, key := range slices.Sorted(maps.Keys(q.Context)) {
		k := conditionOf{Key: key, Values: items[valueOf]{[]valueOf{}}}
		for _, v := range q.Context[key] {
			k.Values.Items = append(k.Values.Items, valueOf{v})
		}
		x.Conditions.Items = append(x.Conditions.Items, k)
	}
	b, err := json.Marshal(d)
	return string(b), err
}

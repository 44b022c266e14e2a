package sts

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

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
	Context   map[string]texts `json:"context"` // what the questions share
	Questions []question       `json:"questions"`
}

// texts is one value or a list of them.
type texts []string

// UnmarshalJSON reads a text or a list of texts.
func (t *texts) UnmarshalJSON(b []byte) error {
	if len(b) > 0 && b[0] == '"' {
		*t = make(texts, 1)
		return json.Unmarshal(b, &(*t)[0])
	}
	return json.Unmarshal(b, (*[]string)(t))
}

type question struct {
	Action          string           `json:"action"`
	Resource        string           `json:"resource"`
	ResourceAccount string           `json:"resourceAccount"`
	OwnerOrg        string           `json:"ownerOrg"`
	OwnerPath       string           `json:"ownerPath"`
	Context         map[string]texts `json:"context"`
	Decision        string           `json:"decision"`
	DecidedBy       []policy.Reason  `json:"decidedBy"`
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
	text, err := decode(m.Authz, m.Time)
	if err != nil {
		return nil, api.InvalidAuthorizationMessageException.New("Message is not valid").Because(err)
	}
	return &api.DecodeAuthorizationMessageOutput{DecodedMessage: &text}, nil
}

// decode shows the first question that was not allowed, of a call at that time.
func decode(sealed []byte, at time.Time) (string, error) {
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
	x.Action, x.Resource, x.Conditions.Items = q.Action, q.Resource, seen(e.Context, &q, at)
	b, err := json.Marshal(d)
	return string(b), err
}

// seen are the condition keys of the question with their values. What the question knows goes before what all have in common.
func seen(base map[string]texts, q *question, at time.Time) []conditionOf {
	all := map[string]conditionOf{}
	put := func(key string, values ...string) {
		k := conditionOf{Key: key, Values: items[valueOf]{[]valueOf{}}}
		for _, v := range values {
			k.Values.Items = append(k.Values.Items, valueOf{v})
		}
		all[strings.ToLower(key)] = k
	}
	if len(base) > 0 { // else the message had no room for them
		put("aws:CurrentTime", at.UTC().Format(time.RFC3339))
		put("aws:EpochTime", strconv.FormatInt(at.Unix(), 10))
	}
	for key, values := range base {
		put(key, values...)
	}
	for key, value := range map[string]string{"aws:ResourceAccount": q.ResourceAccount, "aws:ResourceOrgID": q.OwnerOrg, "aws:ResourceOrgPaths": q.OwnerPath} {
		if value != "" {
			put(key, value)
		}
	}
	for key, values := range q.Context {
		put(key, values...)
	}
	out := make([]conditionOf, 0, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		out = append(out, all[key])
	}
	return out
}

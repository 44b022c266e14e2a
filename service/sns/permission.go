package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"regexp"
	"slices"
	"strings"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

func (s *Service) permissionOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpAddPermission, on(s, shared, func(in *api.AddPermissionInput) *string { return in.TopicArn }), s.addPermission),
		service.Writes(api.OpRemovePermission, on(s, shared, func(in *api.RemovePermissionInput) *string { return in.TopicArn }), s.removePermission),
	}
}

// maxPolicy is the size of a topic policy in bytes.
const maxPolicy = 30 << 10

// defaultPolicy is what a topic has whose owner has set none. Developer guide: "Amazon SNS default policy", as GetTopicAttributes shows it.
func (t *Topic) defaultPolicy() string {
	return `{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{"Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},"Action":[` +
		`"SNS:GetTopicAttributes","SNS:SetTopicAttributes","SNS:AddPermission","SNS:RemovePermission","SNS:DeleteTopic","SNS:Subscribe","SNS:ListSubscriptionsByTopic","SNS:Publish"],` +
		`"Resource":"` + t.arn() + `","Condition":{"StringEquals":{"AWS:SourceOwner":"` + t.Account + `"}}}]}`
}

// policy is the topic's policy as it is evaluated.
func (t *Topic) policy() string {
	if t.Policy == "" {
		return t.defaultPolicy()
	}
	return t.Policy
}

// policyDigest tells one policy of the topic from another.
func (t *Topic) policyDigest() string {
	sum := sha256.Sum256([]byte(t.policy()))
	return hex.EncodeToString(sum[:])
}

func (s *Service) policyShown(c *service.Call, t *Topic) (string, error) {
	if t.Policy == "" {
		return t.defaultPolicy(), nil
	}
	return s.principals.ShowPrincipals(c.Tx, t.Policy, t.Owners)
}

// setPolicy makes text the topic's policy; "" makes it the default policy again.
func (s *Service) setPolicy(c *service.Call, t *Topic, text string) error {
	if text == "" {
		t.Policy, t.Owners = "", nil
		return nil
	}
	bad := invalid("Policy Error: null")
	if len(text) > maxPolicy {
		return invalid("Policy Error: Policy exceeds %d bytes", maxPolicy)
	}
	doc, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{})
	if err != nil {
		return invalid("Policy Error: %s", bounded(err.Error(), 300)).Because(err)
	}
	for i := range doc.Statements {
		for _, a := range slices.Concat(doc.Statements[i].Action, doc.Statements[i].NotAction) {
			if prefix, _, _ := strings.Cut(a.Text, ":"); a.Text != "*" && !strings.EqualFold(prefix, "sns") {
				return invalid("Policy statement action out of service scope!")
			}
		}
	}
	bound, owners, err := s.principals.BindPrincipals(c.Tx, text)
	if store.IsAbsent(err) {
		return bad.Because(errors.New("a principal does not exist"))
	}
	if err != nil {
		return err
	}
	t.Policy, t.Owners = bound, owners
	return nil
}

// permissible are the actions that AddPermission takes. Developer guide: "Amazon SNS API permissions: Actions and resources reference".
var permissible = []string{
	"*", "Publish", "Subscribe", "ListSubscriptionsByTopic", "GetTopicAttributes", "SetTopicAttributes", "AddPermission", "RemovePermission", "DeleteTopic", "Receive",
	"GetDataProtectionPolicy", "PutDataProtectionPolicy", "TagResource", "UntagResource", "ListTagsForResource",
}

var label = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

func (s *Service) addPermission(c *service.Call, in *api.AddPermissionInput) (*api.AddPermissionOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	st, err := t.permitted(in)
	if err != nil {
		return nil, err
	}
	doc, err := s.document(c, t)
	if err != nil {
		return nil, err
	}
	if doc.Has(st.Sid) {
		return nil, invalid("Statement already exists")
	}
	if _, err := doc.Put(st); err != nil {
		return nil, err
	}
	return &api.AddPermissionOutput{}, s.putDocument(c, t, doc)
}

// permitted is the statement that the call asks for.
func (t *Topic) permitted(in *api.AddPermissionInput) (*service.Statement, error) {
	st := &service.Statement{Sid: wire.Text(in.Label), Effect: "Allow", Resource: t.arn()}
	switch {
	case !label.MatchString(st.Sid):
		return nil, invalid("Label Reason: letters, digits, hyphens and underscores, 1 to 80")
	case len(in.AWSAccountId) == 0 || len(in.AWSAccountId) > 100:
		return nil, invalid("AWSAccountId")
	case len(in.ActionName) == 0 || len(in.ActionName) > 100:
		return nil, invalid("ActionName")
	}
	var accounts service.OneOrMore
	for _, a := range in.AWSAccountId {
		if !arn.IsAccount(a) {
			return nil, invalid("AWSAccountId Reason: %s is no account ID", bounded(a, 100))
		}
		accounts = append(accounts, "arn:aws:iam::"+a+":root")
	}
	st.Principal = map[string]service.OneOrMore{"AWS": accounts}
	for _, a := range in.ActionName {
		if !slices.Contains(permissible, a) {
			return nil, invalid("Policy statement action out of service scope!")
		}
		st.Action = append(st.Action, "SNS:"+a)
	}
	return st, nil
}

func (s *Service) removePermission(c *service.Call, in *api.RemovePermissionInput) (*api.RemovePermissionOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	doc, err := s.document(c, t)
	if err != nil {
		return nil, err
	}
	if !doc.Remove(wire.Text(in.Label)) {
		return &api.RemovePermissionOutput{}, nil // as AWS does
	}
	return &api.RemovePermissionOutput{}, s.putDocument(c, t, doc)
}

// document is the topic's policy, to be changed.
func (s *Service) document(c *service.Call, t *Topic) (*service.ResourcePolicy, error) {
	text, err := s.policyShown(c, t)
	if err != nil {
		return nil, err
	}
	return service.ReadResourcePolicy(text)
}

func (s *Service) putDocument(c *service.Call, t *Topic, doc *service.ResourcePolicy) error {
	if len(doc.Statement) == 0 { // nobody from elsewhere has a permission; the default policy would give some
		t.Policy, t.Owners = `{"Version":"2008-10-17","Statement":[]}`, nil
		return topics.Update(c.Tx, t)
	}
	text, err := doc.Text()
	if err != nil {
		return err
	}
	if err := s.setPolicy(c, t, text); err != nil {
		return err
	}
	return topics.Update(c.Tx, t)
}

package sns

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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

// permission is a statement that AddPermission makes.
type permission struct {
	Sid       string
	Effect    string
	Principal struct{ AWS oneOrMore }
	Action    oneOrMore
	Resource  string
}

// oneOrMore is a list that a policy writes without brackets when it has one item.
type oneOrMore []string

// MarshalJSON implements json.Marshaler.
func (l oneOrMore) MarshalJSON() ([]byte, error) {
	if len(l) == 1 {
		return json.Marshal(l[0])
	}
	return json.Marshal([]string(l))
}

// document is a policy whose statements are taken as they are.
type document struct {
	Version   string            `json:",omitempty"`
	ID        string            `json:"Id,omitempty"`
	Statement []json.RawMessage // a single one without brackets is read, too
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
	if doc.labelled(st.Sid) >= 0 {
		return nil, invalid("Statement already exists")
	}
	raw, err := json.Marshal(st)
	if err != nil {
		return nil, err
	}
	doc.Statement = append(doc.Statement, raw)
	return &api.AddPermissionOutput{}, s.putDocument(c, t, doc)
}

// permitted is the statement that the call asks for.
func (t *Topic) permitted(in *api.AddPermissionInput) (*permission, error) {
	st := &permission{Sid: wire.Text(in.Label), Effect: "Allow", Resource: t.arn()}
	switch {
	case !label.MatchString(st.Sid):
		return nil, invalid("Label Reason: letters, digits, hyphens and underscores, 1 to 80")
	case len(in.AWSAccountId) == 0 || len(in.AWSAccountId) > 100:
		return nil, invalid("AWSAccountId")
	case len(in.ActionName) == 0 || len(in.ActionName) > 100:
		return nil, invalid("ActionName")
	}
	for _, a := range in.AWSAccountId {
		if !arn.IsAccount(a) {
			return nil, invalid("AWSAccountId Reason: %s is no account ID", bounded(a, 100))
		}
		st.Principal.AWS = append(st.Principal.AWS, "arn:aws:iam::"+a+":root")
	}
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
	i := doc.labelled(wire.Text(in.Label))
	if i < 0 {
		return &api.RemovePermissionOutput{}, nil // as AWS does
	}
	doc.Statement = slices.Delete(doc.Statement, i, i+1)
	return &api.RemovePermissionOutput{}, s.putDocument(c, t, doc)
}

// document is the topic's policy, to be changed.
func (s *Service) document(c *service.Call, t *Topic) (*document, error) {
	text, err := s.policyShown(c, t)
	if err != nil {
		return nil, err
	}
	var doc document
	if json.Unmarshal([]byte(text), &doc) == nil {
		return &doc, nil
	}
	var one struct {
		Version   string
		ID        string `json:"Id"`
		Statement json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &one); err != nil {
		return nil, err
	}
	return &document{Version: one.Version, ID: one.ID, Statement: []json.RawMessage{one.Statement}}, nil
}

// labelled is where the statement of that ID stands, -1 when there is none.
func (d *document) labelled(sid string) int {
	return slices.IndexFunc(d.Statement, func(raw json.RawMessage) bool {
		var st struct{ Sid string }
		return json.Unmarshal(raw, &st) == nil && st.Sid == sid
	})
}

func (s *Service) putDocument(c *service.Call, t *Topic, doc *document) error {
	if len(doc.Statement) == 0 { // nobody from elsewhere has a permission; the default policy would give some
		t.Policy, t.Owners = `{"Version":"2008-10-17","Statement":[]}`, nil
		return topics.Update(c.Tx, t)
	}
	b, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	if err := s.setPolicy(c, t, string(b)); err != nil {
		return err
	}
	return topics.Update(c.Tx, t)
}

package kms

import (
	"errors"
	"fmt"

	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// maxPolicy is the size of a key policy in bytes. KMS Developer Guide: "Resource quotas".
const maxPolicy = 32 << 10

// policyName is the only one that a key's policy can have.
const policyName = "default"

// defaultPolicy lets the account's IAM policies decide. KMS Developer Guide: "Default key policy".
const defaultPolicy = `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:%s:iam::%s:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`

func (s *Service) policyOperations() []service.Row {
	return []service.Row{
		reads(s, api.OpGetKeyPolicy, byID(func(in *api.GetKeyPolicyInput) *string { return in.KeyId }), s.getKeyPolicy),
		reads(s, api.OpListKeyPolicies, byID(func(in *api.ListKeyPoliciesInput) *string { return in.KeyId }), s.listKeyPolicies),
		writes(s, api.OpPutKeyPolicy, func(_ *service.Call, in *api.PutKeyPolicyInput, a *about) {
			a.id = wire.Text(in.KeyId)
			a.set("kms:BypassPolicyLockoutSafetyCheck", boolText(val(in.BypassPolicyLockoutSafetyCheck, false)))
		}, s.putKeyPolicy),
	}
}

// setPolicy makes text the policy of the key, which the caller stores. Principals must exist, and are bound by their unique IDs: one that is made anew
// under the same name is another one.
func (s *Service) setPolicy(c *service.Call, k *Key, text string, bypass bool) error {
	if len(text) > maxPolicy {
		return api.LimitExceededException.New("The key policy has %d bytes; at most %d are allowed.", len(text), maxPolicy)
	}
	doc, err := policy.Validate(policy.ResourcePolicy, []byte(text), policy.Checks{})
	var bad *policy.ValidationError
	if errors.As(err, &bad) {
		return malformedPolicy("%s", bad.Message).Because(err)
	}
	if err != nil {
		return malformedPolicy("The policy is not valid JSON.").Because(err)
	}
	for i := range doc.Statements {
		if st := &doc.Statements[i]; len(st.Resource)+len(st.NotResource) == 0 {
			return malformedPolicy("Policy contains a statement with no resource.")
		}
	}
	k.Policy, k.Owners, err = s.principals.BindPrincipals(c.Tx, text)
	if store.IsAbsent(err) || errors.As(err, &bad) {
		return malformedPolicy("Policy contains a statement with one or more invalid principals.").Because(err)
	}
	if err != nil {
		return fmt.Errorf("bind the principals of a key policy: %w", err)
	}
	if bypass {
		return nil
	}
	return locksOut(c, k)
}

// locksOut refuses a policy under which who sets it could not set another one. What identity policies say does not count.
func locksOut(c *service.Call, k *Key) error {
	doc, err := policy.Parse([]byte(k.Policy))
	if err != nil {
		return err
	}
	who := c.Caller
	p := policy.Principal{Kind: who.Kind, Account: who.Account, ARN: who.ARN, ID: who.UserID, Service: who.ServiceName}
	x := policy.Context{}
	x.Set("kms:CallerAccount", who.Account)
	x.Set("aws:PrincipalAccount", who.Account)
	x.Set("aws:PrincipalArn", who.ARN)
	if t := who.Session; t != nil && t.Issuer.ID != "" {
		p.ID = t.Issuer.ID
		if who.Kind == policy.RoleSession || who.Kind == policy.FederatedUser {
			p.Role = t.Issuer.ARN
			x.Set("aws:PrincipalArn", t.Issuer.ARN)
		}
	}
	if c.SourceIP.IsValid() {
		x.Set("aws:SourceIp", c.SourceIP.String())
	}
	everything, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`))
	if err != nil {
		return err
	}
	d := policy.Evaluate(&policy.Request{
		Principal: p, Action: "kms:PutKeyPolicy", Resource: k.ARN(), ResourceAccount: k.Account, ResourceKind: policy.KMSKey, Context: x, Now: c.Time,
	}, &policy.Policies{Identity: []policy.Named{{Name: "any", Document: everything}}, Resource: &policy.Named{Name: "key policy", Document: doc}})
	if d.Effect != policy.Allow {
		return malformedPolicy("The new key policy will not allow you to update the key policy in the future.")
	}
	return nil
}

func malformedPolicy(format string, args ...any) *wire.Error {
	return api.MalformedPolicyDocumentException.New(format, args...)
}

// shownPolicy is a key's policy with the ARNs of the principals that live.
func (s *Service) shownPolicy(tx store.Tx, k *Key) (string, error) {
	return s.principals.ShowPrincipals(tx, k.Policy, k.Owners)
}

func checkPolicyName(name *string) error {
	if name != nil && *name != policyName {
		return api.NotFoundException.New("No such policy exists")
	}
	return nil
}

func (s *Service) getKeyPolicy(u *use, in *api.GetKeyPolicyInput) (*api.GetKeyPolicyOutput, error) {
	if err := checkPolicyName(in.PolicyName); err != nil {
		return nil, err
	}
	text, err := s.shownPolicy(u.Tx, u.key.Key)
	return &api.GetKeyPolicyOutput{Policy: &text, PolicyName: new(policyName)}, err
}

func (s *Service) listKeyPolicies(_ *use, in *api.ListKeyPoliciesInput) (*api.ListKeyPoliciesOutput, error) {
	if in.Marker != nil {
		return nil, badMarker()
	}
	return &api.ListKeyPoliciesOutput{PolicyNames: []string{policyName}, Truncated: new(false)}, nil
}

func (s *Service) putKeyPolicy(u *use, in *api.PutKeyPolicyInput) (*api.PutKeyPolicyOutput, error) {
	if in.PolicyName != nil && *in.PolicyName != policyName {
		return nil, api.UnsupportedOperationException.New("The only valid policy name is %s.", policyName)
	}
	return &api.PutKeyPolicyOutput{}, u.change(func(k *Key) error {
		return s.setPolicy(u.Call, k, *in.Policy, val(in.BypassPolicyLockoutSafetyCheck, false))
	})
}

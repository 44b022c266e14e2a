package sts

import (
	"bytes"
	"compress/flate"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	api "vauban/api/sts"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// allotted is how many packed bytes session policies and tags may have together.
const allotted = 2048

// sessionPolicies are the inline policy without its white space, and the managed ones.
type sessionPolicies struct {
	inline string
	arns   []string
}

// readPolicies checks the session policies of a request, but not yet whether the managed ones exist.
func readPolicies(inline *string, list []api.PolicyDescriptorType) (sessionPolicies, error) {
	var p sessionPolicies
	if inline != nil {
		if _, err := policy.Validate(policy.SessionPolicy, []byte(*inline), policy.Checks{}); err != nil {
			return p, policyError(err)
		}
		var b bytes.Buffer
		if err := json.Compact(&b, []byte(*inline)); err != nil {
			return p, fmt.Errorf("compact the session policy: %w", err)
		}
		p.inline = b.String()
	}
	if len(list) > policy.MaxSessionPolicies {
		return p, validationError.New("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: " +
			"Member must have length less than or equal to 10")
	}
	size := policy.Size([]byte(p.inline))
	for _, d := range list {
		if d.Arn == nil {
			return p, validationError.New("1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must not be null")
		}
		size += len(*d.Arn)
		p.arns = append(p.arns, *d.Arn)
	}
	if size > policy.SessionPolicySize {
		return p, api.PackedPolicyTooLargeException.New("Packed policy consumes %d%% of allotted space, please use smaller policy.",
			(size*100+policy.SessionPolicySize-1)/policy.SessionPolicySize)
	}
	return p, nil
}

// exist checks that the account sees all managed policies.
func (p sessionPolicies) exist(tx store.Tx, ids Identities, account string) error {
	for _, arn := range p.arns {
		ok, err := ids.HasPolicy(tx, account, arn)
		if err != nil {
			return err
		}
		if !ok {
			return api.MalformedPolicyDocumentException.New("Policy %s does not exist or is not attachable.", arn)
		}
	}
	return nil
}

// packedSize is how much of the allotted space policies and tags take, in percent, or an error when it is too much.
func packedSize(p sessionPolicies, t sessionTags) (int64, error) {
	policies, tags := deflated(append([]string{p.inline}, p.arns...)), 0
	if len(t.all) > 0 {
		var parts []string
		for _, k := range slices.Sorted(maps.Keys(t.all)) {
			parts = append(parts, k, t.all[k])
		}
		tags = deflated(append(parts, t.transitive...))
	}
	percent := func(n int) int64 { return int64((n*100 + allotted - 1) / allotted) }
	switch {
	case percent(policies) > 100:
		return 0, api.PackedPolicyTooLargeException.New("Packed policy consumes %d%% of allotted space, please use smaller policy.", percent(policies))
	case percent(policies+tags) > 100:
		return 0, api.PackedPolicyTooLargeException.New("Packed size of session tags consumes %d%% of allotted space.", percent(policies+tags))
	}
	return percent(policies + tags), nil
}

// deflated is the size of the texts packed together; 0 for nothing but empty ones.
func deflated(texts []string) int {
	all := strings.Join(texts, "\x00")
	if all == "" {
		return 0
	}
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = w.Write([]byte(all)) // to memory
	_ = w.Close()
	return b.Len()
}

// into puts the policies and tags into the session.
func (p sessionPolicies) into(s *service.Session) { s.Policy, s.PolicyARNs = p.inline, p.arns }

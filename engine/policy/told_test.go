package policy

import (
	"slices"
	"testing"
)

// TestTold: whose policies refused decides how much who asked is told.
func TestTold(t *testing.T) {
	const mine, theirs = "111122223333", "444455556666"
	all := []Reason{
		{Layer: LayerIdentity, Policy: "own", Statement: 1, Sid: "A", Line: 2, Column: 3},
		{Layer: LayerSCP, Level: "ou-1", Policy: "p-1", Statement: 0, Sid: "B", Line: 1, Column: 1},
		{Layer: LayerRCP, Level: "ou-2", Policy: "p-2", Statement: 0, Sid: "C", Line: 1, Column: 1},
		{Layer: LayerTrust, Policy: "arn:aws:iam::444455556666:role/r", Statement: 4, Sid: "D", Line: 9, Column: 9},
		{Layer: LayerResource, Statement: -1},
	}
	little := slices.Clone(all)
	little[2], little[3] = Reason{Layer: LayerRCP, Statement: -1}, Reason{Layer: LayerTrust, Statement: -1}
	tests := []struct {
		name         string
		kind         PrincipalKind
		owner        string
		myOrg, their string
		want         []Reason
	}{
		{"own account", User, mine, "", "", all},
		{"same organization", User, theirs, "o-1", "o-1", all},
		{"other organization", User, theirs, "o-1", "o-2", little},
		{"no organization", RoleSession, theirs, "", "", little},
		{"the record is the owner's", Service, theirs, "", "", all},
	}
	for _, tt := range tests {
		req := Request{Principal: Principal{Kind: tt.kind, Account: mine}, ResourceAccount: tt.owner}
		if tt.myOrg != "" {
			req.Context.Set("aws:PrincipalOrgID", tt.myOrg)
			req.Context.Set("aws:ResourceOrgID", tt.their)
		}
		d := Decision{Effect: ExplicitDeny, Reasons: slices.Clone(all)}
		if got := d.Told(&req); !slices.Equal(got, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if !slices.Equal(d.Reasons, all) {
			t.Errorf("%s: the decision itself has changed", tt.name)
		}
	}
}

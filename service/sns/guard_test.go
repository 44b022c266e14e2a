package sns

import (
	"slices"
	"testing"

	api "vauban/api/sns"
	"vauban/engine/dataprotection"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// TestNamesOf: a policy can name who has subscribed by the role's ARN with its path, which the session's does not have, also once the subscription has ended and
// was taken back.
func TestNamesOf(t *testing.T) {
	h := newHouse(t, nil)
	topic, role := h.topic(t, "a", nil), "arn:aws:iam::"+home+":role/team/r"
	who := &service.Caller{Kind: policy.RoleSession, Account: home, ARN: "arn:aws:sts::" + home + ":assumed-role/r/s", UserID: "AROA:s", Session: &service.Session{
		Kind: service.AssumeRole, Issuer: service.Issuer{Kind: policy.RoleSession, ARN: role, Account: home}, Name: "s",
	}}
	must[api.SubscribeOutput](t)(perform[api.SubscribeOutput](h, who, "Subscribe", &api.SubscribeInput{TopicArn: &topic, Protocol: new("email"), Endpoint: new("a@example.com")}))
	err := h.Store.Write(t.Context(), func(tx store.Tx) error {
		at, err := topics.Get(tx, store.K(home, "us-east-1", "a"))
		if err != nil {
			return err
		}
		x, err := subscriptions.ByUnique(tx, "endpoint", store.K(at.Space, "email", "a@example.com"))
		if err != nil {
			return err
		}
		if got := namesOf(x); !slices.Contains(got, role) {
			t.Errorf("who subscribed is %q", got)
		}
		f := &Farewell{Space: at.Space, Policy: at.policyDigest(), ID: "i", Protocol: "email", Endpoint: "b@example.com", Owner: x.Owner, By: x.By, Issuer: x.Issuer}
		back, err := h.Service.confirmed(&service.Call{Tx: tx, Time: h.Clock()}, at, &token{Return: f})
		if err == nil && !slices.Contains(namesOf(back), role) {
			t.Errorf("who took it back is %q", namesOf(back))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestAuditOfTexts: an audit looks at the text of every protocol.
func TestAuditOfTexts(t *testing.T) {
	h := newHouse(t, nil)
	g, err := newGuard(`{"Name":"p","Version":"2021-06-01","Statement":[{"DataDirection":"Inbound","Principal":["*"],"DataIdentifier":["arn:aws:dataprotection::aws:data-identifier/EmailAddress"],
"Operation":{"Audit":{"SampleRate":"99","FindingsDestination":{"CloudWatchLogs":{"LogGroup":"/aws/vendedlogs/a"}}}}}]}`)
	if err != nil {
		t.Fatal(err)
	}
	g.audit.Audit = &dataprotection.Audit{Sample: 100, Findings: g.audit.Audit.Findings}
	l := &letter{content: Content{Body: "nothing", Bodies: map[string]string{"sqs": "ä a@example.com"}}}
	who := caller(home)
	if err := h.enforce(&service.Call{Caller: who}, &Topic{}, g, l); err != nil {
		t.Fatal(err)
	}
	found := l.finding(who, "t", h.Clock()).Identifiers
	if len(found) != 1 || found[0].Count != 1 || found[0].Detections[0] != (dataprotection.Location{Start: 3, End: 15}) || l.destination() == nil {
		t.Errorf("%+v", found)
	}
}

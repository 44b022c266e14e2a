package cloudtrail

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	api "vauban/api/cloudtrail"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

const (
	member   = "444455556666"
	delegate = "777788889999"
	stranger = "999900001111"
)

// orgAccounts is one organization of the home account, with a delegated administrator.
type orgAccounts struct {
	noAccounts
	trusted *bool
}

func (o orgAccounts) Standing(_ store.Tx, account string) (*Standing, error) {
	if account == stranger {
		return &Standing{Active: true}, nil
	}
	return &Standing{Organization: "o-exampleorg", AllFeatures: true, Management: account == home, Delegate: account == delegate, Trusted: *o.trusted, Active: true}, nil
}

func (orgAccounts) Management(store.Tx, string) (string, error) { return home, nil }

func (orgAccounts) Members(store.Tx, string) ([]string, error) {
	return []string{home, member, delegate}, nil
}

func newOrganization(t *testing.T) *stage {
	st := newStage(t)
	st.s.accounts = orgAccounts{trusted: new(true)}
	return st
}

// from performs a read as an account.
func from[In, Out any](st *stage, account, region string, h func(*service.Call, *In) (*Out, error), in *In) (out *Out, err error) {
	st.t.Helper()
	c := &service.Call{Context: st.t.Context(), Account: account, Region: region, Partition: "aws", Time: st.now, RequestID: "from", Door: st}
	failed := st.s.Store.Read(st.t.Context(), func(tx store.Tx) error {
		c.Tx = tx
		out, err = h(c, in)
		return nil
	})
	if failed != nil {
		st.t.Fatal(failed)
	}
	return out, err
}

// TestOrganizationTrail: events of all members, in files below the organization's ID; members see the trail and cannot change it.
func TestOrganizationTrail(t *testing.T) {
	st := newOrganization(t)
	st.trail(&api.CreateTrailInput{IsOrganizationTrail: new(true), IsMultiRegionTrail: new(true), EnableLogFileValidation: new(true)})
	if folders := slices.Sorted(func(yield func(string) bool) {
		for k := range st.bodies {
			if !yield(k) {
				return
			}
		}
	}); !slices.Equal(folders, []string{"AWSLogs/111122223333/CloudTrail/", "AWSLogs/o-exampleorg/111122223333/CloudTrail/"}) {
		t.Errorf("asked for the folders %q", folders)
	}
	st.start()
	st.event(eventlog.Entry{Name: "Ours"})
	st.event(eventlog.Entry{Name: "Members", Account: member, Region: "eu-west-1"})
	st.event(eventlog.Entry{Name: "Strangers", Account: stranger})
	if err := st.deliver(); err != nil {
		t.Fatal(err)
	}
	if n := st.names(); len(n) != 3 || slices.Contains(n, "Strangers") {
		t.Errorf("delivered %q", n)
	}
	want := "AWSLogs/o-exampleorg/444455556666/CloudTrail/eu-west-1/2026/01/02/444455556666_CloudTrail_eu-west-1_20260102T0304Z_"
	if !slices.ContainsFunc(st.files("CloudTrail"), func(k string) bool { return strings.HasPrefix(k, want) }) {
		t.Errorf("files %q", st.files("CloudTrail"))
	}
	st.turns(3600e9, 1)
	if !slices.ContainsFunc(st.files("CloudTrail-Digest"), func(k string) bool {
		var d digestFile
		return json.Unmarshal(unzip(t, st.bodies[k]), &d) == nil && d.Account == member && len(d.Files) == 1
	}) {
		t.Errorf("digests %q", st.files("CloudTrail-Digest"))
	}

	arn := "arn:aws:cloudtrail:us-east-1:111122223333:trail/audit"
	for _, tt := range []struct {
		account, region string
		shadows         bool
		want            int
	}{
		{home, "us-east-1", true, 1}, {home, "eu-west-1", true, 1}, {home, "eu-west-1", false, 0}, {home, "us-east-1", false, 1},
		{member, "us-east-1", true, 1}, {member, "us-east-1", false, 0}, {stranger, "us-east-1", true, 0},
	} {
		out, err := from(st, tt.account, tt.region, st.s.describeTrails, &api.DescribeTrailsInput{IncludeShadowTrails: &tt.shadows})
		if err != nil || len(out.TrailList) != tt.want {
			t.Errorf("%+v: %v, %v", tt, out, err)
		}
		if len(out.TrailList) == 1 && (*out.TrailList[0].TrailARN != arn || !*out.TrailList[0].IsOrganizationTrail || *out.TrailList[0].HomeRegion != "us-east-1") {
			t.Errorf("%+v shows %+v", tt, out.TrailList[0])
		}
	}
	for account, want := range map[string]string{
		member: "NotOrganizationMasterAccountException", stranger: "TrailNotFoundException", delegate: "",
	} {
		_, err := from(st, account, "us-east-1", func(c *service.Call, in *api.GetTrailInput) (*Trail, error) {
			return st.s.owned(c, c.Tx, *in.Name)
		}, &api.GetTrailInput{Name: &arn})
		if codeOf(err) != want || want == "" && err != nil {
			t.Errorf("%s changes the trail: %v", account, err)
		}
	}
	_, err := from(st, home, "eu-west-1", func(c *service.Call, in *api.GetTrailInput) (*Trail, error) {
		return st.s.owned(c, c.Tx, *in.Name)
	}, &api.GetTrailInput{Name: &arn})
	if codeOf(err) != "InvalidHomeRegionException" {
		t.Errorf("changed from another region: %v", err)
	}
}

// TestOrganizationTrailRefused: who may not make one.
func TestOrganizationTrailRefused(t *testing.T) {
	st := newOrganization(t)
	make := func(account string) error {
		_, err := from(st, account, "us-east-1", func(c *service.Call, in *api.CreateTrailInput) (*Standing, error) {
			return st.s.organizationFor(c, c.Tx)
		}, &api.CreateTrailInput{})
		return err
	}
	for account, want := range map[string]string{
		home: "", delegate: "", member: "NotOrganizationMasterAccountException", stranger: "OrganizationsNotInUseException",
	} {
		if err := make(account); codeOf(err) != want {
			t.Errorf("%s: %v", account, err)
		}
	}
	*st.s.accounts.(orgAccounts).trusted = false
	if err := make(home); codeOf(err) != "CloudTrailAccessNotEnabledException" {
		t.Errorf("without trusted access: %v", err)
	}
}

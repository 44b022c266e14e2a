package cloudtrail

import (
	"net/netip"
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// checkName refuses what is no name of a trail. CloudTrail User Guide: "Naming requirements for CloudTrail resources".
func checkName(name string) error {
	bad := api.InvalidTrailNameException.New
	switch {
	case name == "":
		return bad("Trail name cannot be blank!")
	case len(name) < 3:
		return bad("Trail name too short. Minimum allowed length: 3 characters. Specified name length: %d characters.", len(name))
	case len(name) > 128:
		return bad("Trail name too long. Maximum allowed length: 128 characters. Specified name length: %d characters.", len(name))
	}
	for i := 0; i < len(name); i++ {
		if !alphanumeric(name[i]) && !separator(name[i]) {
			return bad("Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).")
		}
		if i > 0 && separator(name[i]) && separator(name[i-1]) {
			return bad("Trail name cannot have adjacent periods, underscores, or hyphens.")
		}
	}
	if !alphanumeric(name[0]) {
		return bad("Trail name must starts with a letter or number.")
	}
	if !alphanumeric(name[len(name)-1]) {
		return bad("Trail name must ends with a letter or number.")
	}
	if a, err := netip.ParseAddr(name); err == nil && a.Is4() {
		return bad("Trail name cannot be in IP address format.")
	}
	return nil
}

func alphanumeric(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9'
}

func separator(b byte) bool { return b == '.' || b == '_' || b == '-' }

// reference is how a request names a trail: by its name in the caller's account and region, or by its ARN.
type reference struct {
	account, region, name string
	byARN                 bool
}

func (r reference) key() store.Key { return trailKey(r.account, r.region, r.name) }

func (r reference) arn(partition string) string {
	s := Settings{Account: r.account, Region: r.region, Name: r.name}
	return s.ARN(partition)
}

// parseReference reads a trail's name or ARN.
func parseReference(c *service.Call, text string) (reference, error) {
	if !strings.HasPrefix(text, "arn:") {
		return reference{account: c.Account, region: c.Region, name: text}, checkName(text)
	}
	a, err := arn.Parse(text)
	name, ok := strings.CutPrefix(a.Resource, "trail/")
	if err != nil || a.Partition != c.Partition || a.Service != "cloudtrail" || !arn.IsAccount(a.Account) || a.Region == "" || !ok || checkName(name) != nil {
		return reference{}, api.CloudTrailARNInvalidException.New("The specified trail ARN is not valid: %s", text)
	}
	return reference{account: a.Account, region: a.Region, name: name, byARN: true}, nil
}

func unknownTrail(c *service.Call, name string) error {
	return api.TrailNotFoundException.New("Unknown trail: %s for the user: %s", name, c.Account)
}

// owned finds a trail that the caller's account may change: its own, or its organization's when it administers that. A trail is
// changed in its home region only.
func (s *Service) owned(c *service.Call, tx store.Tx, text string) (*Trail, error) {
	t, err := s.visible(c, tx, text)
	if err != nil {
		return nil, err
	}
	if t.Account != c.Account {
		own, err := s.administers(tx, c.Account, t.Organization)
		if err != nil {
			return nil, err
		}
		if !own {
			return nil, api.NotOrganizationMasterAccountException.New(
				"The trail %s is an organization trail: only the management account or a delegated administrator of the organization can change it.", t.ARN(c.Partition))
		}
	}
	if t.Region != c.Region {
		return nil, api.InvalidHomeRegionException.New("The trail %s can be changed in its home region only: %s.", t.ARN(c.Partition), t.Region)
	}
	return t, nil
}

// visible finds a trail that the caller's account sees: its own, also from another region when the trail covers all, or one of its
// organization.
func (s *Service) visible(c *service.Call, tx store.Tx, text string) (*Trail, error) {
	r, err := parseReference(c, text)
	if err != nil {
		return nil, err
	}
	t, err := trails.Get(tx, r.key())
	if absent(err) {
		return nil, unknownTrail(c, text)
	}
	if err != nil {
		return nil, err
	}
	if t.Account != c.Account {
		member, err := s.belongs(tx, c.Account, t.Organization)
		if err != nil {
			return nil, err
		}
		if !member {
			return nil, unknownTrail(c, text)
		}
	}
	return t, nil
}

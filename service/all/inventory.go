package all

import (
	"vauban/service/accessanalyzer"
	"vauban/service/iam"
	"vauban/service/kms"
	"vauban/service/organizations"
	"vauban/service/s3"
	"vauban/store"
)

// inventory hands what IAM and Organizations hold to Access Analyzer.
type inventory struct{}

var _ accessanalyzer.Inventory = inventory{}

// Roles implements [accessanalyzer.Inventory].
func (inventory) Roles(tx store.Tx, account string) ([]accessanalyzer.Role, error) {
	list, err := iam.TrustingRoles(tx, account)
	out := make([]accessanalyzer.Role, len(list))
	for i, r := range list {
		out[i] = accessanalyzer.Role(r)
	}
	return out, err
}

// Principals implements [accessanalyzer.Inventory].
func (inventory) Principals(tx store.Tx, account string) ([]accessanalyzer.Principal, error) {
	list, err := iam.Holdings(tx, account)
	out := make([]accessanalyzer.Principal, len(list))
	for i, h := range list {
		p := accessanalyzer.Principal{
			ARN: h.ARN, Account: h.Account, Role: h.Role, ServiceLinked: h.ServiceLinked, Created: h.Created, Tags: h.Tags, Policies: h.Policies,
			LastUsed: h.LastUsed, Uses: map[string]accessanalyzer.Use{}, Password: (*accessanalyzer.Password)(h.Password),
		}
		for prefix, u := range h.Uses {
			p.Uses[prefix] = accessanalyzer.Use(u)
		}
		for _, k := range h.Keys {
			p.Keys = append(p.Keys, accessanalyzer.Key(k))
		}
		out[i] = p
	}
	return out, err
}

// PrincipalID implements [accessanalyzer.Inventory].
func (inventory) PrincipalID(tx store.Tx, arn string) (string, error) {
	return iam.PrincipalID(tx, arn)
}

// Home implements [accessanalyzer.Inventory].
func (inventory) Home(tx store.Tx, account string) (string, error) {
	s, err := organizations.StandingOf(tx, account, analyzerPrincipal)
	if err != nil {
		return "", err
	}
	return s.Organization, nil
}

// analyzerPrincipal is Access Analyzer as a service that has trusted access to an organization.
const analyzerPrincipal = "access-analyzer.amazonaws.com"

// Organization implements [accessanalyzer.Inventory].
func (inventory) Organization(tx store.Tx, account string) (*accessanalyzer.Organization, error) {
	id, accounts, err := organizations.Administered(tx, account, analyzerPrincipal)
	if err != nil || id == "" {
		return nil, err
	}
	return &accessanalyzer.Organization{ID: id, Accounts: accounts}, nil
}

// Guarded implements [accessanalyzer.Inventory].
func (inventory) Guarded(tx store.Tx, account, region string) ([]accessanalyzer.Guarded, error) {
	var out []accessanalyzer.Guarded
	list, err := s3.Guarded(tx, account, region, memberAccounts{})
	if err != nil {
		return nil, err
	}
	for _, b := range list {
		out = append(out, accessanalyzer.Guarded{ARN: "arn:aws:s3:::" + b.Name, Type: "AWS::S3::Bucket", Service: "s3", Policy: b.Policy})
	}
	keys, err := kms.Guarded(tx, account, region, memberAccounts{})
	for _, k := range keys {
		out = append(out, accessanalyzer.Guarded{ARN: k.ARN, Type: "AWS::KMS::Key", Service: "kms", Policy: k.Policy})
	}
	return out, err
}

package iam

import (
	api "vauban/api/iam"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// getAccountSummary answers how many entities the account has, and its quotas. The numbers of entities are kept by what makes and
// deletes them.
func (s *Service) getAccountSummary(c *service.Call, in *api.GetAccountSummaryInput) (*api.GetAccountSummaryOutput, error) {
	a, err := accounts.Get(c.Tx, store.K(c.Account))
	if err != nil {
		return nil, err
	}
	m := map[string]int64{
		"AccountAccessKeysPresent":          0, // root has no access keys here
		"AccountMFAEnabled":                 oneIf(a.Root.MFASerial != ""),
		"AccountPasswordPresent":            oneIf(len(a.Root.Hash) > 0),
		"AccountSigningCertificatesPresent": 0, // nor certificates
		"GlobalEndpointTokenVersion":        1 + oneIf(a.GlobalTokens),

		"AccessKeysPerUserQuota":          maxAccessKeys,
		"AssumeRolePolicySizeQuota":       policy.TrustPolicySize,
		"AttachedPoliciesPerGroupQuota":   policy.MaxAttachedPolicies,
		"AttachedPoliciesPerRoleQuota":    policy.MaxAttachedPolicies,
		"AttachedPoliciesPerUserQuota":    policy.MaxAttachedPolicies,
		"GroupPolicySizeQuota":            policy.GroupInlineSize,
		"GroupsPerUserQuota":              maxGroupsPerUser,
		"GroupsQuota":                     groupQuota.limit,
		"InstanceProfilesQuota":           profileQuota.limit,
		"PoliciesQuota":                   policyQuota.limit,
		"PolicySizeQuota":                 policy.ManagedPolicySize,
		"PolicyVersionsInUseQuota":        policyVersionQuota.limit,
		"RolePolicySizeQuota":             policy.RoleInlineSize,
		"RolesQuota":                      roleQuota.limit,
		"ServerCertificatesQuota":         serverCertificateQuota.limit,
		"SigningCertificatesPerUserQuota": maxSigningCertificates,
		"UserPolicySizeQuota":             policy.UserInlineSize,
		"UsersQuota":                      userQuota.limit,
		"VersionsPerPolicyQuota":          policy.MaxPolicyVersions,
	}
	for key, q := range map[string]quota{
		"Groups": groupQuota, "InstanceProfiles": profileQuota, "Policies": policyQuota, "PolicyVersionsInUse": policyVersionQuota,
		"Roles": roleQuota, "Users": userQuota, "MFADevices": mfaQuota, "MFADevicesInUse": mfaInUseQuota, "ServerCertificates": serverCertificateQuota,
	} {
		if m[key], err = countOf(c.Tx, c.Account, q); err != nil {
			return nil, err
		}
	}
	for _, q := range []quota{samlProviderQuota, oidcProviderQuota} {
		n, err := countOf(c.Tx, c.Account, q)
		if err != nil {
			return nil, err
		}
		m["Providers"] += n
	}
	return &api.GetAccountSummaryOutput{SummaryMap: m}, nil
}

func oneIf(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

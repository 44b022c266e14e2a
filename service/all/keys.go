package all

import "vauban/service/kms"

// keyPrincipals hands IAM's principals to KMS.
type keyPrincipals struct{ memberAccounts }

var _ kms.Principals = keyPrincipals{}

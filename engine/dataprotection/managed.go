package dataprotection

import (
	"slices"
	"strings"
)

// Prefix is how the ARN of a managed data identifier begins.
const Prefix = "arn:aws:dataprotection::aws:data-identifier/"

// spec is what a managed data identifier looks for.
type spec struct {
	name     string
	keywords []string // of which one must be near; none is needed where there are none
	shape    string   // a regular expression of ASCII without assertions, whatever the case; bounded in length
	valid    func(string) bool
	bare     func(string) bool // reports that this one needs no keyword

	scan func(text string, found func(start, end int)) // for what is no token
}

// IsManaged reports whether the managed identifier is built.
func IsManaged(name string) bool { return managedSpec(name) != nil }

func managedSpec(name string) *spec {
	for i := range managedSpecs {
		if managedSpecs[i].name == name {
			return &managedSpecs[i]
		}
	}
	return nil
}

// words splits a list of keywords.
func words(list string) []string {
	out := strings.Split(list, ",")
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return out
}

// managedSpecs are all managed data identifiers.
var managedSpecs = slices.Concat(credentialSpecs, deviceSpecs, financialSpecs, healthSpecs, personalSpecs, identitySpecs, licenceSpecs)

// User Guide: "Credentials".
var credentialSpecs = []spec{
	{name: "AwsSecretKey", keywords: words("aws_secret_access_key, credentials, secret access key, secret key, set-awscredential"), scan: scanSecretKeys},
	{name: "OpenSshPrivateKey", scan: armoured("OPENSSH PRIVATE KEY")},
	{name: "PgpPrivateKey", scan: armoured("PGP PRIVATE KEY BLOCK")},
	{name: "PkcsPrivateKey", scan: armoured("PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY")},
	{name: "PuttyPrivateKey", scan: scanPutty},
}

// User Guide: "Device identifiers".
var deviceSpecs = []spec{{name: "IpAddress", scan: scanAddresses}}

// Package iam is AWS Identity and Access Management: users, groups, roles, managed and inline policies, permissions boundaries,
// access keys, login profiles, MFA devices, instance profiles and identity providers, and what reports on them.
//
// One file per resource holds its document, its table and its operations; service.go is the table of all operations; authz.go
// says which resources a call acts on; source.go gives package access the documents that decisions need.
//
// Differences from AWS: server certificates, signing certificates, SSH public keys and service-specific credentials are kept as inert
// records, because the services that would use them are not here; SAML and OIDC providers are records until federation is built.
// MFA devices are virtual ones; hardware tokens and passkeys are not built. Root has no access keys; it signs in with a password and an MFA
// device that `vauban root init` sets, and no user with a login profile can have its name. Guessing at passwords and codes is slowed by
// name and source address. Changes are effective on the next call, where AWS needs seconds.
//
// A trust policy may name whole accounts that are not of this deployment; users and roles must exist. A role session is trusted by its ARN, not
// by its role's unique ID. Documents are shown as they were given. A service-linked role is made when its AWS managed policy is here, and
// deleted at once: no service holds on to it. Without a thumbprint, an OpenID Connect provider is asked for its
// certificates, also on a private address and on any port; never on a loopback, link-local or cloud metadata address, of which only this machine
// could know: its thumbprint has to be given. Whoever may create providers can thus find out whether a private address speaks TLS.
//
// What was used last is derived from the event log within moments, where AWS takes up to four hours, and kept to the minute. A report of last
// accesses is worked out when it is read. Reports at action level list the actions that this deployment serves. The policy
// simulator shows every layer: unlike AWS's it honours the trust policies of roles, of the own account and, for the management account of an
// organization, of its members; and SimulatePrincipalPolicy also takes resource control policies into account. Statements of service and resource
// control policies are cited under types of their own, and EvalDecisionDetails, which AWS leaves out then, names each level that refuses.
// AssumeRoleWithWebIdentity and AssumeRoleWithSAML are decided for the bearer of a token of the provider that the context entry
// aws:FederatedProvider names. What AWS keeps to itself, such as changes to a service-linked role, is an implicit deny. Of a role in an account that
// the caller may not look into, and of other resources, only the policy in the request counts. ResourceHandlingOption is not taken. A result about
// several resources names "*" and the worst decision.
package iam

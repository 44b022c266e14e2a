// Package iam is AWS Identity and Access Management: users, groups, roles, managed and inline policies, permissions boundaries,
// access keys, login profiles, MFA devices, instance profiles and identity providers, and what reports on them.
//
// One file per resource holds its document, its table and its operations; service.go is the table of all operations; authz.go
// says which resources a call acts on; source.go gives package access the documents that decisions need.
//
// Differences from AWS: server certificates, signing certificates, SSH public keys and service-specific credentials are kept as inert
// records, because the services that would use them are not here; SAML and OIDC providers are records until federation is built.
// Changes are effective on the next call, where AWS needs seconds.
package iam

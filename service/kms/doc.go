// Package kms is AWS Key Management Service: keys, their policies, grants and aliases, and what keys are used for. The cryptography itself is in
// package material below it.
//
// Start reading at key.go, then row.go (how an operation finds its key), authz.go (what it asks) and held.go (what is kept in memory). blob.go is the
// form of ciphertexts, grant.go what grants allow, state.go the states of keys.
//
// An operation that uses a key gets a use: the key's document, and by Service.generation its opened material. Key material is sealed for its row in the
// store, and opened once for each key in memory; it is in no record and no log.
//
// cryptography.go is what operations on key pairs and HMAC keys have in common; imported.go what holds for imported material; copies.go what the keys of a
// multi-Region key share; keystore.go and external.go what holds for external key stores and their keys, whose proxies package xks speaks to.
//
// # Differences from AWS
//
// A grant counts from the moment that it is made, so that grant tokens are checked but never needed. An encryption context with keys that differ in
// case only is refused, because condition keys cannot tell them apart. CloudHSM key stores, VPC endpoint services and attested recipients are refused: there
// is nothing behind them here. AWS managed keys have a fixed ID for each account, Region and service, and are for the services in managed.go; the words of their policies
// are ours. SM2 keys are refused, as outside of AWS's China Regions.
//
// The lockout safety check looks at the key policy alone, with the caller, its account and its address in the context: a policy that lets the caller in under
// other conditions only wants BypassPolicyLockoutSafetyCheck. A rotation on demand is done when it is answered; deletions and automatic rotations are
// done within a minute of their time, each with a record of its own (DeleteKey, RotateKey). The last use of a key is known from the log, to the minute for each operation.
// DryRunModifiers are refused: a dry run here looks at the ciphertext. Numbers of keys, and requests a second for each operation, have no quota;
// key stores that are created, updated and connected have one of their own, in keystorepace.go.
//
// ConnectCustomKeyStore answers when the key store is connected or has failed to: the states CONNECTING and DISCONNECTING do not occur. The endpoint of an
// external key store may have a port and be an address; any authority that the operator trusts may have signed its certificate. The proxy gets a digest
// of ciphertext header and encryption context as additional data, not the context itself. The ciphertext of an external key is ours as all are: AWS cannot open it.
//
// A replica key can be used at once, and a new primary key is primary at once: the states Creating and Updating do not occur. An import token holds
// the wrapping key, so that nothing is stored for one that is never used; a wrapping key is made for each. Imported HMAC keys may be longer than their
// spec says, up to 1024 bits. Where AWS's own words are not known to us (the import errors, and message types that an algorithm does not have), codes are AWS's
// and words are ours.
package kms

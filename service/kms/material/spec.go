package material

import "slices"

// Key specs, by AWS's names.
const (
	Symmetric = "SYMMETRIC_DEFAULT"
	RSA2048   = "RSA_2048"
	RSA3072   = "RSA_3072"
	RSA4096   = "RSA_4096"
	P256      = "ECC_NIST_P256"
	P384      = "ECC_NIST_P384"
	P521      = "ECC_NIST_P521"
	Secp256k1 = "ECC_SECG_P256K1"
	Ed25519   = "ECC_NIST_EDWARDS25519"
	HMAC224   = "HMAC_224"
	HMAC256   = "HMAC_256"
	HMAC384   = "HMAC_384"
	HMAC512   = "HMAC_512"
	MLDSA44   = "ML_DSA_44"
	MLDSA65   = "ML_DSA_65"
	MLDSA87   = "ML_DSA_87"
)

// Key usages, by AWS's names.
const (
	EncryptDecrypt    = "ENCRYPT_DECRYPT"
	SignVerify        = "SIGN_VERIFY"
	GenerateVerifyMAC = "GENERATE_VERIFY_MAC"
	KeyAgreement      = "KEY_AGREEMENT"
)

// Algorithms, by AWS's names.
const (
	AESGCM       = "SYMMETRIC_DEFAULT"
	OAEPSHA1     = "RSAES_OAEP_SHA_1"
	OAEPSHA256   = "RSAES_OAEP_SHA_256"
	PKCS1SHA256  = "RSASSA_PKCS1_V1_5_SHA_256"
	PKCS1SHA384  = "RSASSA_PKCS1_V1_5_SHA_384"
	PKCS1SHA512  = "RSASSA_PKCS1_V1_5_SHA_512"
	PSSSHA256    = "RSASSA_PSS_SHA_256"
	PSSSHA384    = "RSASSA_PSS_SHA_384"
	PSSSHA512    = "RSASSA_PSS_SHA_512"
	ECDSASHA256  = "ECDSA_SHA_256"
	ECDSASHA384  = "ECDSA_SHA_384"
	ECDSASHA512  = "ECDSA_SHA_512"
	Ed25519Pure  = "ED25519_SHA_512"
	Ed25519Hash  = "ED25519_PH_SHA_512"
	MLDSAShake   = "ML_DSA_SHAKE_256"
	HMACSHA224   = "HMAC_SHA_224"
	HMACSHA256   = "HMAC_SHA_256"
	HMACSHA384   = "HMAC_SHA_384"
	HMACSHA512   = "HMAC_SHA_512"
	ECDH         = "ECDH"
	TypeRaw      = "RAW"
	TypeDigest   = "DIGEST"
	TypeExternal = "EXTERNAL_MU"
)

// capability is what keys of a spec do ("Key spec reference" in the KMS developer guide).
type capability struct {
	usages     []string
	encryption []string
	signing    []string
	macs       []string
	agreement  []string
}

func capabilityOf(spec string) (capability, bool) {
	curve := []string{SignVerify, KeyAgreement}
	switch spec {
	case Symmetric:
		return capability{usages: []string{EncryptDecrypt}, encryption: []string{AESGCM}}, true
	case RSA2048, RSA3072, RSA4096:
		return capability{
			usages:     []string{EncryptDecrypt, SignVerify},
			encryption: []string{OAEPSHA1, OAEPSHA256},
			signing:    []string{PKCS1SHA256, PKCS1SHA384, PKCS1SHA512, PSSSHA256, PSSSHA384, PSSSHA512},
		}, true
	case P256:
		return capability{usages: curve, signing: []string{ECDSASHA256}, agreement: []string{ECDH}}, true
	case P384:
		return capability{usages: curve, signing: []string{ECDSASHA384}, agreement: []string{ECDH}}, true
	case P521:
		return capability{usages: curve, signing: []string{ECDSASHA512}, agreement: []string{ECDH}}, true
	case Secp256k1:
		return capability{usages: []string{SignVerify}, signing: []string{ECDSASHA256}}, true
	case Ed25519:
		return capability{usages: []string{SignVerify}, signing: []string{Ed25519Pure, Ed25519Hash}}, true
	case MLDSA44, MLDSA65, MLDSA87:
		return capability{usages: []string{SignVerify}, signing: []string{MLDSAShake}}, true
	case HMAC224, HMAC256, HMAC384, HMAC512:
		return capability{usages: []string{GenerateVerifyMAC}, macs: []string{"HMAC_SHA_" + spec[len("HMAC_"):]}}, true
	}
	return capability{}, false
}

// Known reports whether keys of the spec can be made.
func Known(spec string) bool {
	_, ok := capabilityOf(spec)
	return ok
}

// Usages returns the key usages that the spec allows, nil for a spec that is not known.
func Usages(spec string) []string {
	c, _ := capabilityOf(spec)
	return c.usages
}

// Asymmetric reports whether keys of the spec have a public key.
func Asymmetric(spec string) bool {
	return Known(spec) && spec != Symmetric && !slices.Contains(Usages(spec), GenerateVerifyMAC)
}

// EncryptionAlgorithms returns what a key of the spec and usage encrypts with, in AWS's order.
func EncryptionAlgorithms(spec, usage string) []string {
	c, _ := capabilityOf(spec)
	return only(c.encryption, usage == EncryptDecrypt)
}

// SigningAlgorithms returns what a key of the spec and usage signs with, in AWS's order.
func SigningAlgorithms(spec, usage string) []string {
	c, _ := capabilityOf(spec)
	return only(c.signing, usage == SignVerify)
}

// MACAlgorithms returns what a key of the spec and usage authenticates with.
func MACAlgorithms(spec, usage string) []string {
	c, _ := capabilityOf(spec)
	return only(c.macs, usage == GenerateVerifyMAC)
}

// AgreementAlgorithms returns what a key of the spec and usage agrees with.
func AgreementAlgorithms(spec, usage string) []string {
	c, _ := capabilityOf(spec)
	return only(c.agreement, usage == KeyAgreement)
}

func only(list []string, ok bool) []string {
	if !ok {
		return nil
	}
	return list
}

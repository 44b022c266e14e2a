package kms

import (
	"errors"

	api "vauban/api/kms"
	"vauban/service/kms/xks"
)

// This file says in AWS's words why a proxy did not do what was asked of it. XKS Proxy API Specification: "Error codes".

const notConnected = "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try the request again."

// wordsOf are the words for a problem, which are the same whatever was asked. What the proxy itself says goes to logs only.
func wordsOf(p *xks.Problem) string {
	switch p.Reason {
	case xks.InvalidState:
		return "The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the external key in the external key manager and retry the request."
	case xks.InvalidCiphertext:
		return "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, or otherwise invalid."
	case xks.InvalidKeyUsage:
		return "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the operation on the key in your external key manager, and try the request again."
	case xks.AuthenticationFailed:
		return "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication credentials for your external key store and update if necessary."
	case xks.AccessDenied:
		return "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for this operation, and try the request again."
	case xks.KeyNotFound:
		return "The external key associated with this KMS key in an external key store was not found in its external key manager. If the external key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID."
	case xks.InvalidURIPath:
		return "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store and update if necessary."
	case xks.Unsupported:
		return "The external key store proxy rejected the request because it does not support the requested operation. If you see this error repeatedly, report it to your external key store proxy administrator."
	case xks.DependencyTimeout:
		return "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."
	case xks.Throttled:
		return "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS keys in this external key store."
	case xks.Internal:
		return "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the external key store proxy configuration is correct and that the external key manager is available."
	}
	return wordsOfConnection(p)
}

// wordsOfConnection are the words for what went wrong before the proxy could say anything of use.
func wordsOfConnection(p *xks.Problem) string {
	switch p.Reason {
	case xks.Unreachable:
		return "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint URI is correct in your external keystore."
	case xks.Forbidden:
		return "AWS KMS cannot communicate with the external key store proxy: it has a private address, whose network the operator of this server must allow with --allow-private."
	case xks.AllUnavailable:
		return "The external key store proxy says that all instances of the external key manager are unavailable. Verify that the external key manager is available, and try the request again."
	case xks.TLS:
		return "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its certificate."
	case xks.TimedOut:
		return "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this error repeatedly, report it to your external key store proxy administrator."
	}
	return "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your external key store proxy administrator."
}

// refusedUse is what a client learns when a key could not be used.
func refusedUse(err error) error {
	var p *xks.Problem
	if !errors.As(err, &p) {
		return err
	}
	return told(api.KMSInvalidStateException, p)
}

// refusedKey is what a client learns when a key could not be made.
func refusedKey(err error) error {
	var p *xks.Problem
	if !errors.As(err, &p) {
		return err
	}
	shape := api.CustomKeyStoreInvalidStateException
	switch p.Reason {
	case xks.KeyNotFound:
		shape = api.XksKeyNotFoundException
	case xks.InvalidState, xks.InvalidKeyUsage, xks.Unsupported:
		shape = api.XksKeyInvalidConfigurationException
	case xks.AccessDenied:
		shape = api.KMSInvalidStateException
	}
	return told(shape, p)
}

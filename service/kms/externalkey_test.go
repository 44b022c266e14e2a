package kms_test

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"vauban/test/keyproxy"
)

// TestExternalKeys: keys whose material is outside, made and used.
func TestExternalKeys(t *testing.T) {
	h := newHouse(t)
	id := h.connected()
	in := values{"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": id, "XksKeyId": "hsm-1"}
	h.proxy.Put("rsa", keyproxy.Key{Spec: "RSA_2048"})
	h.proxy.Put("signing", keyproxy.Key{Usage: []string{"SIGN"}})
	h.proxy.Put("disabled", keyproxy.Key{Disabled: true})
	h.no("ValidationException", "required", "CreateKey", values{"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": id})
	h.no("ValidationException", "only valid", "CreateKey", values{"XksKeyId": "hsm-1"})
	h.no("UnsupportedOperationException", "CloudHSM", "CreateKey", values{"Origin": "AWS_CLOUDHSM", "CustomKeyStoreId": id})
	h.no("UnsupportedOperationException", "symmetric", "CreateKey", with(in, values{"MultiRegion": true}))
	h.no("UnsupportedOperationException", "symmetric", "CreateKey", with(in, values{"KeySpec": "RSA_2048", "KeyUsage": "ENCRYPT_DECRYPT"}))
	h.no("CustomKeyStoreNotFoundException", "", "CreateKey", with(in, values{"CustomKeyStoreId": "cks-0123456789abcdef0"}))
	h.no("XksKeyNotFoundException", "not found", "CreateKey", with(in, values{"XksKeyId": "nobody"}))
	for _, bad := range []string{"rsa", "signing", "disabled"} {
		h.no("XksKeyInvalidConfigurationException", bad, "CreateKey", with(in, values{"XksKeyId": bad}))
	}
	h.proxy.Fail("AuthenticationFailedException")
	h.no("CustomKeyStoreInvalidStateException", "authenticate", "CreateKey", in)
	h.proxy.Fail("")

	meta := h.ok("CreateKey", in)["KeyMetadata"].(values)
	key := meta["KeyId"].(string)
	if meta["Origin"] != "EXTERNAL_KEY_STORE" || meta["CustomKeyStoreId"] != id || meta["XksKeyConfiguration"].(values)["Id"] != "hsm-1" || meta["KeyState"] != "Enabled" || meta["CurrentKeyMaterialId"] != nil {
		t.Errorf("made: %v", meta)
	}
	h.no("XksKeyAlreadyInUseException", "hsm-1", "CreateKey", in)
	h.no("CustomKeyStoreInvalidStateException", "CONNECTED", "DeleteCustomKeyStore", values{"CustomKeyStoreId": id})
	one := values{"KeyId": key}
	h.no("UnsupportedOperationException", "origin is EXTERNAL_KEY_STORE", "EnableKeyRotation", one)
	h.no("UnsupportedOperationException", "origin is EXTERNAL_KEY_STORE", "RotateKeyOnDemand", one)
	h.no("UnsupportedOperationException", "origin is EXTERNAL_KEY_STORE", "GetParametersForImport", with(one, values{"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}))
	h.no("UnsupportedOperationException", "", "ReplicateKey", with(one, values{"ReplicaRegion": "eu-west-1"}))
	h.no("UnsupportedOperationException", "custom key store", "GenerateDataKeyPair", with(one, values{"KeyPairSpec": "ECC_NIST_P256"}))

	h.asked()
	context := values{"EncryptionContext": values{"project": "nile"}}
	out := h.ok("Encrypt", with(with(one, context), values{"Plaintext": b64("secret text")}))
	sealed := out["CiphertextBlob"].(string)
	asked := h.asked()
	if len(asked) != 1 || asked[0].Call != "encrypt" || asked[0].Key != "hsm-1" || asked[0].About["kmsOperation"] != "Encrypt" || asked[0].About["kmsKeyArn"] != meta["Arn"] ||
		asked[0].About["kmsRequestId"] != h.record("Encrypt").RequestID || asked[0].Bytes <= len("secret text") {
		t.Errorf("the proxy was asked %+v", asked)
	}
	if got := h.ok("Decrypt", with(context, values{"CiphertextBlob": sealed}))["Plaintext"]; got != b64("secret text") {
		t.Errorf("opened: %v", got)
	}
	h.no("KMSInvalidStateException", "encryption context is corrupted", "Decrypt", values{"CiphertextBlob": sealed})
	h.no("KMSInvalidStateException", "ciphertext", "Decrypt", with(context, values{"CiphertextBlob": flip(t, sealed, -1)}))
	h.no("InvalidCiphertextException", "", "Decrypt", with(with(context, one), values{"CiphertextBlob": flip(t, sealed, 0)}))
	data := h.ok("GenerateDataKey", with(one, values{"KeySpec": "AES_256"}))
	if got := h.ok("Decrypt", values{"CiphertextBlob": data["CiphertextBlob"]})["Plaintext"]; got != data["Plaintext"] {
		t.Errorf("data key: %v", got)
	}
	h.ok("GenerateDataKeyWithoutPlaintext", with(one, values{"KeySpec": "AES_256"}))

	// From and to a key of KMS's own; and between two keys outside.
	own := h.ok("CreateKey", values{})["KeyMetadata"].(values)["KeyId"]
	inside := h.ok("ReEncrypt", values{"CiphertextBlob": sealed, "SourceEncryptionContext": context["EncryptionContext"], "DestinationKeyId": own})["CiphertextBlob"]
	second := h.key(id, "hsm-2")
	h.asked()
	outside := h.ok("ReEncrypt", values{"CiphertextBlob": inside, "DestinationKeyId": second})["CiphertextBlob"]
	if got := h.ok("Decrypt", values{"CiphertextBlob": outside, "KeyId": second})["Plaintext"]; got != b64("secret text") {
		t.Errorf("opened: %v", got)
	}
	if asked := h.asked(); len(asked) != 2 || asked[0].About["kmsOperation"] != "ReEncrypt" || asked[0].Call != "encrypt" || asked[1].Key != "hsm-2" {
		t.Errorf("the proxy was asked %+v", asked)
	}
	h.no("DryRunOperationException", "", "Encrypt", with(one, values{"Plaintext": b64("x"), "DryRun": true}))
	if asked := h.asked(); len(asked) != 0 {
		t.Errorf("a dry run asks %+v", asked)
	}
	longest := values{"Plaintext": base64.StdEncoding.EncodeToString(make([]byte, 4096)), "EncryptionContext": values{"k": string(slices.Repeat([]byte("v"), 8000))}}
	h.ok("Decrypt", values{"CiphertextBlob": h.ok("Encrypt", with(one, longest))["CiphertextBlob"], "EncryptionContext": longest["EncryptionContext"]})
}

// flip changes a bit of a byte of a ciphertext.
func flip(t *testing.T, text string, i int) string {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	b[(i+len(b))%len(b)] ^= 4
	return base64.StdEncoding.EncodeToString(b)
}

// TestExternalFaults: whatever the proxy does wrong, the use of a key fails in AWS's words, and the trail has it.
func TestExternalFaults(t *testing.T) {
	h := newHouse(t)
	id := h.connected()
	key := h.key(id, "hsm-1")
	sealed := h.ok("Encrypt", values{"KeyId": key, "Plaintext": b64("text")})["CiphertextBlob"]
	for _, c := range []struct {
		fault keyproxy.Fault
		words string
	}{
		{keyproxy.Garbage, "cannot interpret"}, {keyproxy.Shape, "cannot interpret"}, {keyproxy.Redirect, "cannot interpret"}, {keyproxy.Endless, "cannot interpret"},
		{"AuthenticationFailedException", "could not authenticate"}, {"AccessDeniedException", "denied access"}, {"InvalidStateException", "not enabled"},
		{"InvalidKeyUsageException", "does not support the requested operation"}, {"KeyNotFoundException", "was not found"}, {"InvalidUriPathException", "URI path"},
		{"ThrottlingException", "very high request rate"}, {"UnsupportedOperationException", "does not support"}, {"DependencyTimeoutException", "in the time allotted"},
		{"InternalException", "cannot communicate with the external key manager"}, {"ValidationException", "cannot interpret"},
	} {
		h.proxy.Fail(c.fault)
		h.no("KMSInvalidStateException", c.words, "Decrypt", values{"CiphertextBlob": sealed})
		h.no("KMSInvalidStateException", c.words, "GenerateDataKey", values{"KeyId": key, "KeySpec": "AES_256"})
	}
	for _, fault := range []keyproxy.Fault{keyproxy.Flipped, keyproxy.Unvouched, keyproxy.Short, keyproxy.LongTag, keyproxy.Talkative} {
		h.proxy.Fail(fault)
		h.no("KMSInvalidStateException", "cannot interpret", "Encrypt", values{"KeyId": key, "Plaintext": b64("text")})
	}
	if r := h.record("Encrypt"); r.ErrorCode != "KMSInvalidStateException" || !strings.Contains(r.ErrorMessage, "cannot interpret") || !strings.Contains(fmt.Sprint(r.AdditionalEventData["xksProxyError"]), "MalformedResponse") {
		t.Errorf("record: %+v", r)
	}
	if r := h.record("Decrypt"); !strings.Contains(fmt.Sprint(r.AdditionalEventData["xksProxyError"]), "ValidationException (400): refused by the proxy") {
		t.Errorf("record: %+v", r)
	}
	h.proxy.Fail("")
	h.proxy.Drop("hsm-1")
	h.no("KMSInvalidStateException", "was not found", "Decrypt", values{"CiphertextBlob": sealed})
	h.proxy.Put("hsm-1", keyproxy.Key{Material: [32]byte{1}})
	h.ok("Decrypt", values{"CiphertextBlob": sealed})

	// A key store that is disconnected makes its keys unavailable, for use only.
	h.ok("DisconnectCustomKeyStore", values{"CustomKeyStoreId": id})
	h.asked()
	h.no("KMSInvalidStateException", "not connected", "Decrypt", values{"CiphertextBlob": sealed})
	h.no("KMSInvalidStateException", "not connected", "Encrypt", values{"KeyId": key, "Plaintext": b64("text"), "DryRun": true})
	h.no("CustomKeyStoreInvalidStateException", "not connected", "CreateKey", values{"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": id, "XksKeyId": "hsm-2"})
	h.no("CustomKeyStoreHasCMKsException", id, "DeleteCustomKeyStore", values{"CustomKeyStoreId": id})
	if asked := h.asked(); len(asked) != 0 {
		t.Errorf("a disconnected proxy was asked %+v", asked)
	}
	if m := h.ok("DescribeKey", values{"KeyId": key})["KeyMetadata"].(values); m["KeyState"] != "Unavailable" || m["Enabled"] != false {
		t.Errorf("described: %v", m)
	}
	h.ok("TagResource", values{"KeyId": key, "Tags": []values{{"TagKey": "a", "TagValue": "b"}}})
	h.ok("ConnectCustomKeyStore", values{"CustomKeyStoreId": id})
	h.ok("DisableKey", values{"KeyId": key})
	h.no("DisabledException", "", "Decrypt", values{"CiphertextBlob": sealed})
	h.ok("EnableKey", values{"KeyId": key})
	h.ok("Decrypt", values{"CiphertextBlob": sealed})
	h.ok("ScheduleKeyDeletion", values{"KeyId": key, "PendingWindowInDays": 7})
	h.no("XksKeyAlreadyInUseException", "hsm-1", "CreateKey", values{"Origin": "EXTERNAL_KEY_STORE", "CustomKeyStoreId": id, "XksKeyId": "hsm-1"})
	if m := h.ok("DescribeKey", values{"KeyId": key})["KeyMetadata"].(values); m["KeyState"] != "PendingDeletion" {
		t.Errorf("described: %v", m)
	}
}

// TestHangingProxy: while a proxy hangs, other keys work and the store is written to.
func TestHangingProxy(t *testing.T) {
	h := newHouse(t)
	id := h.connected()
	key := h.key(id, "hsm-1")
	held := h.proxy.Hold()
	answered := make(chan string, 1)
	go func() {
		_, code := h.ask("Encrypt", values{"KeyId": key, "Plaintext": b64("text")})
		answered <- code
	}()
	select {
	case <-held.Arrived:
	case <-time.After(time.Minute):
		t.Fatal("the proxy was not asked")
	}
	own := h.ok("CreateKey", values{})["KeyMetadata"].(values)["KeyId"]
	h.ok("Decrypt", values{"CiphertextBlob": h.ok("Encrypt", values{"KeyId": own, "Plaintext": b64("text")})["CiphertextBlob"]})
	h.ok("TagResource", values{"KeyId": key, "Tags": []values{{"TagKey": "a", "TagValue": "b"}}})
	select {
	case code := <-answered:
		t.Errorf("the use was answered before its proxy did: %q", code)
	default:
	}
	held.Release()
	if code := <-answered; code != "" {
		t.Errorf("the use failed: %s", code)
	}
}

// TestObjectsUnderExternalKeys: S3 uses such a key like every other, and fails with it.
func TestObjectsUnderExternalKeys(t *testing.T) {
	h := newHouse(t)
	key := h.key(h.connected(), "hsm-1")
	if w := h.send("s3", http.MethodPut, "/shop-data", nil, nil); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	h.asked()
	sealed := map[string]string{"X-Amz-Server-Side-Encryption": "aws:kms", "X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id": key}
	if w := h.send("s3", http.MethodPut, "/shop-data/a.txt", sealed, []byte("object bytes")); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	asked := h.asked()
	if len(asked) != 1 || asked[0].About["kmsOperation"] != "GenerateDataKey" || asked[0].About["kmsViaService"] != "s3.us-east-1.amazonaws.com" {
		t.Errorf("the proxy was asked %+v", asked)
	}
	if w := h.send("s3", http.MethodGet, "/shop-data/a.txt", nil, nil); w.Code != http.StatusOK || w.Body.String() != "object bytes" {
		t.Error(w.Code, w.Body)
	}
	h.proxy.Drop("hsm-1")
	if w := h.send("s3", http.MethodGet, "/shop-data/a.txt", nil, nil); w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "KMS.KMSInvalidStateException") {
		t.Error(w.Code, w.Body)
	}
}

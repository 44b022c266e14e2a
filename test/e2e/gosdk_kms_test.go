package e2e

import (
	"bytes"
	"context"
	"errors"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// TestGoSDKKeys is envelope encryption as programs do it: a data key, its ciphertext kept, and opened again after the key was rotated and the
// server started anew; and a key whose material is outside, which works again then, and not without the outside.
func TestGoSDKKeys(t *testing.T) {
	data := t.TempDir()
	proxy := newKeyStore(t)
	s := start(t, data, proxy.args...)
	keys := kms.NewFromConfig(s.sdk(t, nil))
	outside := call(t, keys.CreateKey, kms.CreateKeyInput{Origin: types.OriginTypeExternalKeyStore, CustomKeyStoreId: aws.String(proxy.connect(t, s)), XksKeyId: aws.String("hsm-1")})
	away := call(t, keys.Encrypt, kms.EncryptInput{KeyId: outside.KeyMetadata.KeyId, Plaintext: []byte("away")})
	made := call(t, keys.CreateKey, kms.CreateKeyInput{Description: aws.String("gopher")})
	call(t, keys.CreateAlias, kms.CreateAliasInput{AliasName: aws.String("alias/gopher"), TargetKeyId: made.KeyMetadata.KeyId})
	context := map[string]string{"file": "a.txt"}
	dataKey := call(t, keys.GenerateDataKey, kms.GenerateDataKeyInput{KeyId: aws.String("alias/gopher"), KeySpec: types.DataKeySpecAes256, EncryptionContext: context})
	call(t, keys.RotateKeyOnDemand, kms.RotateKeyOnDemandInput{KeyId: made.KeyMetadata.KeyId})
	s.stop(t, syscall.SIGTERM)

	s = start(t, data, proxy.args...)
	keys = kms.NewFromConfig(s.sdk(t, nil))
	if opened := call(t, keys.Decrypt, kms.DecryptInput{CiphertextBlob: away.CiphertextBlob}); string(opened.Plaintext) != "away" {
		t.Errorf("the external key opens %q", opened.Plaintext)
	}
	proxy.Drop("hsm-1")
	refusedAs[*types.KMSInvalidStateException](t, keys.Decrypt, kms.DecryptInput{CiphertextBlob: away.CiphertextBlob})
	opened := call(t, keys.Decrypt, kms.DecryptInput{CiphertextBlob: dataKey.CiphertextBlob, EncryptionContext: context})
	if !bytes.Equal(opened.Plaintext, dataKey.Plaintext) || *opened.KeyId != *made.KeyMetadata.Arn {
		t.Errorf("the data key of %s opens as another, under %s", *made.KeyMetadata.Arn, *opened.KeyId)
	}
	refusedAs[*types.InvalidCiphertextException](t, keys.Decrypt, kms.DecryptInput{CiphertextBlob: dataKey.CiphertextBlob})
	call(t, keys.DisableKey, kms.DisableKeyInput{KeyId: made.KeyMetadata.KeyId})
	refusedAs[*types.DisabledException](t, keys.Decrypt, kms.DecryptInput{CiphertextBlob: dataKey.CiphertextBlob, EncryptionContext: context})
}

// refusedAs fails unless the operation answers the modelled error.
func refusedAs[E error, I, O, Options any](t *testing.T, op func(context.Context, *I, ...func(*Options)) (*O, error), in I) {
	t.Helper()
	_, err := op(t.Context(), &in)
	var want E
	if !errors.As(err, &want) {
		t.Errorf("answered %v, want %T", err, want)
	}
}

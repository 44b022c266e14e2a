package scheduler

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"vauban/api/kms"
	"vauban/api/wire"
	"vauban/service"
)

// Lock is what a schedule with a KMS key keeps encrypted: its input and description. User guide: "Encryption at rest in EventBridge Scheduler".
type Lock struct {
	Key     string // ARN
	Wrapped []byte // data key
	Sealed  []byte
}

// inside is what a lock holds.
type inside struct {
	Input       *string
	Description string
}

func contextOf(schedule string) map[string]string {
	return map[string]string{"aws:scheduler:schedule:arn": schedule}
}

// lock encrypts under the key, in the caller's name. Without a key it does nothing.
func (s *Service) lock(c *service.Call, x *Schedule, key string) error {
	if key == "" {
		return nil
	}
	arn := x.arn(c.Partition)
	out, err := c.Door.Call(c, service.AsCaller(principal), "kms", "GenerateDataKey", &kms.GenerateDataKeyInput{
		KeyId: &key, KeySpec: new(kms.DataKeySpecAes256), EncryptionContext: contextOf(arn),
	})
	if err != nil {
		return ofKMS(err)
	}
	made := out.(*kms.GenerateDataKeyOutput)
	gcm, err := cipherOf(made.Plaintext)
	if err != nil {
		return err
	}
	plain, err := json.Marshal(inside{x.Target.Input, x.Description})
	if err != nil {
		return fmt.Errorf("write what is encrypted: %w", err)
	}
	nonce := make([]byte, gcm.NonceSize())
	if _, err := io.ReadFull(s.Rand, nonce); err != nil {
		return fmt.Errorf("random nonce: %w", err)
	}
	x.Lock = &Lock{key, made.CiphertextBlob, gcm.Seal(nonce, nonce, plain, []byte(arn))}
	x.Target.Input, x.Description = nil, ""
	return nil
}

// unlock decrypts into the schedule what it keeps encrypted, as an identity that KMS asks about.
func (s *Service) unlock(c *service.Call, door service.Door, as service.Identity, x *Schedule) error {
	if x.Lock == nil {
		return nil
	}
	arn := x.arn(c.Partition)
	out, err := door.Call(c, as, "kms", "Decrypt", &kms.DecryptInput{CiphertextBlob: x.Lock.Wrapped, KeyId: &x.Lock.Key, EncryptionContext: contextOf(arn)})
	if err != nil {
		return err
	}
	gcm, err := cipherOf(out.(*kms.DecryptOutput).Plaintext)
	if err != nil {
		return err
	}
	b := x.Lock.Sealed
	if len(b) < gcm.NonceSize() {
		return errors.New("the encrypted part of the schedule is damaged")
	}
	plain, err := gcm.Open(nil, b[:gcm.NonceSize()], b[gcm.NonceSize():], []byte(arn))
	if err != nil {
		return fmt.Errorf("open the encrypted part of the schedule: %w", err)
	}
	var in inside
	if err := json.Unmarshal(plain, &in); err != nil {
		return fmt.Errorf("read the encrypted part of the schedule: %w", err)
	}
	x.Target.Input, x.Description = in.Input, in.Description
	return nil
}

func cipherOf(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("the data key: %w", err)
	}
	return cipher.NewGCM(block)
}

// ofKMS puts a refusal of KMS into Scheduler's errors.
func ofKMS(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape.Fault {
		return err
	}
	return invalid("KMS refuses the use of the schedule's key: %s: %s", e.Shape.Code, e.Message).Because(err)
}

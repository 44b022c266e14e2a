package scheduler

import (
	"encoding/json"
	"errors"
	"fmt"

	"vauban/api/wire"
	"vauban/service"
	"vauban/service/datakey"
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
	made, err := datakey.Generate(c, service.AsCaller(principal), key, contextOf(arn))
	if err != nil {
		return ofKMS(err)
	}
	plain, err := json.Marshal(inside{x.Target.Input, x.Description})
	if err != nil {
		return fmt.Errorf("write what is encrypted: %w", err)
	}
	sealed, err := made.Seal(s.Rand, plain, arn)
	if err != nil {
		return err
	}
	x.Lock = &Lock{key, made.Wrapped, sealed}
	x.Target.Input, x.Description = nil, ""
	return nil
}

// unlock decrypts into the schedule what it keeps encrypted, as an identity that KMS asks about.
func (s *Service) unlock(c *service.Call, as service.Identity, x *Schedule) error {
	if x.Lock == nil {
		return nil
	}
	arn := x.arn(c.Partition)
	key, err := datakey.Decrypt(c, as, x.Lock.Wrapped, contextOf(arn))
	if err != nil {
		return err
	}
	plain, err := key.Open(x.Lock.Sealed, arn)
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

// ofKMS puts a refusal of KMS into Scheduler's errors.
func ofKMS(err error) error {
	var e *wire.Error
	if !errors.As(err, &e) || e.Shape.Fault {
		return err
	}
	return invalid("KMS refuses the use of the schedule's key: %s: %s", e.Shape.Code, e.Message).Because(err)
}

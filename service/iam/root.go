package iam

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"vauban/engine/otp"
	"vauban/engine/password"
	"vauban/eventlog"
	"vauban/service"
	"vauban/store"
)

// rootDevice is the name of root's MFA device, as AWS calls it.
const rootDevice = "root-account-mfa-device"

// RootSetup is root's password and MFA device while the device is being proved. Nothing is stored before [RootSetup.Confirm].
type RootSetup struct {
	URI  string // otpauth address, for a QR code
	Seed string // the same secret in base32, to be typed

	deps   service.Deps
	sealed []byte // password hash
	device *MFADevice
}

// InitRoot begins to set root's password and its MFA device, without which root cannot sign in; also again, when either is lost. It is for
// whoever commands the server itself: no request reaches it.
func InitRoot(ctx context.Context, d service.Deps, account, pw string) (*RootSetup, error) {
	var a *Account
	err := d.Store.Read(ctx, func(tx store.Tx) (err error) {
		a, err = accounts.Get(tx, store.K(account))
		return err
	})
	if store.IsAbsent(err) {
		return nil, fmt.Errorf("there is no account %s", account)
	}
	if err != nil {
		return nil, err
	}
	if v := password.Violation(nil, pw, password.Account{Name: a.Alias}); v != "" {
		return nil, errors.New(v)
	}
	hash, err := password.Hash(pw, password.Cost{}, d.Rand)
	if err != nil {
		return nil, err
	}
	r := &RootSetup{deps: d}
	if r.sealed, err = sealRootHash(d.Seal, a, []byte(hash)); err != nil {
		return nil, err
	}
	now := seconds(d.Clock())
	r.device = &MFADevice{Account: account, Path: "/", Name: rootDevice, Created: now, Enabled: now, Owner: account}
	seed, err := newDevice(d.Rand, d.Seal, r.device)
	if err != nil {
		return nil, err
	}
	r.URI, r.Seed = otpauth(rootUser, a.label(), seed), otp.EncodeSeed(seed)
	return r, nil
}

// Confirm takes two consecutive codes of the device and stores password and device in the place of former ones, with a record of it. After
// wrong codes it can be called again.
func (r *RootSetup) Confirm(ctx context.Context, code1, code2 string) error {
	now := r.deps.Clock()
	if err := r.device.synchronise(r.deps.Seal, code1, code2, now, enableWindow); err != nil {
		return errors.New("the two codes do not follow each other, or the clocks of device and server differ by more than a minute")
	}
	record, err := r.record(now)
	if err != nil {
		return err
	}
	return r.deps.Store.Write(ctx, func(tx store.Tx) error {
		a, err := accounts.Get(tx, store.K(r.device.Account))
		if err != nil {
			return err
		}
		if err := r.replaceDevice(tx); err != nil {
			return err
		}
		a.Root.Hash, a.Root.Changed, a.Root.MFASerial = r.sealed, seconds(now), r.device.Serial()
		if err := accounts.Update(tx, a); err != nil {
			return err
		}
		return eventlog.Append(tx, record)
	})
}

func (r *RootSetup) replaceDevice(tx store.Tx) error {
	err := mfaDevices.Insert(tx, r.device)
	if store.IsTaken(err) {
		return mfaDevices.Update(tx, r.device)
	}
	if err != nil {
		return err
	}
	s := &Service{Deps: r.deps}
	if err := s.count(tx, r.device.Account, mfaQuota, 1); err != nil {
		return err
	}
	return s.count(tx, r.device.Account, mfaInUseQuota, 1)
}

// record is the event of the setup. Nobody called: it is an event of the service itself. CloudTrail User Guide: "Logging non-API events".
func (r *RootSetup) record(now time.Time) (*eventlog.Entry, error) {
	var b [16]byte
	if _, err := io.ReadFull(r.deps.Rand, b[:]); err != nil {
		return nil, fmt.Errorf("make an event ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 9562, version 4
	h := hex.EncodeToString(b[:])
	e := &eventlog.Entry{
		ID:   h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:],
		Time: now, Account: r.device.Account, Region: "us-east-1", Name: "InitRoot", Source: "iam.amazonaws.com", User: rootUser,
		Resources: []eventlog.Resource{{Type: typeMFA, Name: r.device.Serial()}},
	}
	var err error
	e.Record, err = json.Marshal(map[string]any{
		"eventVersion": "1.11", "userIdentity": map[string]string{"accountId": e.Account, "invokedBy": "vauban"},
		"eventTime": now.UTC().Format(time.RFC3339), "eventSource": e.Source, "eventName": e.Name, "awsRegion": e.Region,
		"sourceIPAddress": "AWS Internal", "userAgent": "vauban", "requestParameters": nil, "responseElements": nil,
		"serviceEventDetails": map[string]string{"mfaSerialNumber": r.device.Serial()},
		"eventID":             e.ID, "readOnly": false, "eventType": "AwsServiceEvent", "managementEvent": true,
		"recipientAccountId": e.Account, "eventCategory": "Management",
	})
	return e, err
}

// sealRootHash and openRootHash bind root's password hash to the account.
func sealRootHash(seal service.Sealer, a *Account, hash []byte) ([]byte, error) {
	sealed, err := seal.Seal(accounts.Name, accounts.Key(a), hash)
	if err != nil {
		return nil, fmt.Errorf("seal root's password hash: %w", err)
	}
	return sealed, nil
}

func openRootHash(seal service.Sealer, a *Account) ([]byte, error) {
	hash, err := seal.Open(accounts.Name, accounts.Key(a), a.Root.Hash)
	if err != nil {
		return nil, fmt.Errorf("open root's password hash: %w", err)
	}
	return hash, nil
}

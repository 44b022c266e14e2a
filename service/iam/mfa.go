package iam

import (
	"errors"
	"fmt"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/otp"
	"vauban/service"
	"vauban/store"
)

// MFADevice is a virtual MFA device as stored.
type MFADevice struct {
	Account string    `json:"account"`
	Path    string    `json:"path"`
	Name    string    `json:"name"`
	Created time.Time `json:"created"`
	Seed    []byte    `json:"seed"`             // sealed under this table and key
	Owner   string    `json:"owner,omitempty"`  // unique ID of the user, or the account's ID for root; "" while unassigned
	Enabled time.Time `json:"enabled,omitzero"` // when it was assigned
	Drift   int64     `json:"drift,omitempty"`  // steps by which the device's clock is ahead of ours
	Last    int64     `json:"last,omitempty"`   // step of the last code taken: no code is taken twice
	Tags    []Tag     `json:"tags,omitempty"`
}

var mfaDevices = &store.Table[MFADevice]{
	Name: "iam.mfa-device",
	Key:  func(d *MFADevice) store.Key { return entityKey(d.Account, d.Path+d.Name) },
	Refs: map[string]func(*MFADevice) []store.Key{"owner": func(d *MFADevice) []store.Key {
		if d.Owner == "" {
			return nil
		}
		return []store.Key{store.K(d.Account, d.Owner)}
	}},
}

// Serial is the device's serial number: for a virtual device its ARN.
func (d *MFADevice) Serial() string { return entityARN(d.Account, "mfa", d.Path, d.Name) }

// maxMFADevices is the quota of one user, and of root. IAM User Guide: "IAM and AWS STS quotas".
const maxMFADevices = 8

// ErrMFA says that an MFA code was not taken: the device is not the owner's, or the code is wrong, too old or used before. Which of
// them it was is nobody's to know.
var ErrMFA = errors.New("iam: the MFA code was not accepted")

// VerifyMFA checks a code of the device that belongs to the owner (a user's unique ID, or the account's ID for root), and burns it: no code is
// taken twice. It is called inside the transaction that the code is for. Anything but a broken store is [ErrMFA].
//
// A refused code leaves no trace in a transaction that is rolled back: see [TryMFA].
func VerifyMFA(tx store.Tx, seal service.Sealer, account, serial, code string, now time.Time, ownerID string) error {
	d, err := deviceBySerial(tx, account, serial)
	if store.IsAbsent(err) || err == nil && (d.Owner == "" || d.Owner != ownerID) {
		return ErrMFA
	}
	if err != nil {
		return err
	}
	return d.take(tx, seal, code, now)
}

// take burns a code of the device, or answers [ErrMFA].
func (d *MFADevice) take(tx store.Tx, seal service.Sealer, code string, now time.Time) error {
	seed, err := d.seed(seal)
	if err != nil {
		return err
	}
	step, ok := otp.Verify(seed, code, now.Add(time.Duration(d.Drift)*otp.Step), d.Last)
	if !ok {
		return ErrMFA
	}
	d.Last = step
	return mfaDevices.Update(tx, d)
}

func (d *MFADevice) seed(seal service.Sealer) ([]byte, error) {
	seed, err := seal.Open(mfaDevices.Name, mfaDevices.Key(d), d.Seed)
	if err != nil {
		return nil, fmt.Errorf("open the seed of MFA device %s: %w", d.Serial(), err)
	}
	return seed, nil
}

// How many steps a device's clock may be off when it is enabled, and when it is resynchronised.
const (
	enableWindow = 2
	resyncWindow = 40
)

// synchronise takes two consecutive codes: they prove that the owner holds the device, and tell how far its clock is off.
func (d *MFADevice) synchronise(seal service.Sealer, code1, code2 string, now time.Time, window int) error {
	seed, err := d.seed(seal)
	if err != nil {
		return err
	}
	step, ok := otp.VerifyPair(seed, code1, code2, now, window)
	if !ok || step-1 <= d.Last {
		return api.InvalidAuthenticationCodeException.New("Authentication code for device is not valid.")
	}
	d.Drift, d.Last = step-otp.StepAt(now), step
	return nil
}

// deviceBySerial returns the account's device of that serial number, or [store.ErrNotFound].
func deviceBySerial(tx store.Tx, account, serial string) (*MFADevice, error) {
	name, ok := strings.CutPrefix(serial, "arn:aws:iam::"+account+":mfa/")
	if !ok {
		return nil, store.ErrNotFound
	}
	d, err := mfaDevices.Get(tx, entityKey(account, "/"+name))
	if err != nil {
		return nil, err
	}
	if d.Serial() != serial {
		return nil, store.ErrNotFound
	}
	return d, nil
}

// devicesOf are the MFA devices that belong to the owner.
func devicesOf(tx store.Tx, account, ownerID string) ([]*MFADevice, error) {
	p, err := mfaDevices.ListRef(tx, "owner", store.K(account, ownerID), nil, 0)
	return p.Items, err
}

// noCredentials refuses while the user has MFA devices or other credentials, with IAM's words for the first thing found.
func (s *Service) noCredentials(tx store.Tx, u *User, conflict func(string) error) error {
	has, err := mfaDevices.HasRef(tx, "owner", store.K(u.Account, u.ID))
	if err != nil {
		return err
	}
	if has {
		return conflict("delete MFA device")
	}
	return inertCredentials(tx, u, conflict)
}

func (s *Service) mfaOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpEnableMFADevice, onEnabled, s.enableMFADevice),
		service.Writes(api.OpResyncMFADevice, onResynced, s.resyncMFADevice),
		orRoot(service.Writes(api.OpDeactivateMFADevice, onUser(func(in *api.DeactivateMFADeviceInput) *string { return in.UserName }), s.deactivateMFADevice),
			func(in *api.DeactivateMFADeviceInput) *string { return in.UserName }, s.deactivateRootDevice),
		service.Reads(api.OpGetMFADevice, onOwner(func(in *api.GetMFADeviceInput) *string { return in.UserName }), s.getMFADevice),
		service.Reads(api.OpListMFADevices, onOwner(func(in *api.ListMFADevicesInput) *string { return in.UserName }), s.listMFADevices),
	}
}

// onEnabled and onResynced ask for the user, and keep the codes out of the record: a refused one may still be good.
func onEnabled(c *service.Call, in *api.EnableMFADeviceInput) ([]service.Question, error) {
	shown := *in
	shown.AuthenticationCode1, shown.AuthenticationCode2 = nil, nil
	c.Record().Request = &shown
	return onUser(func(in *api.EnableMFADeviceInput) *string { return in.UserName })(c, in)
}

func onResynced(c *service.Call, in *api.ResyncMFADeviceInput) ([]service.Question, error) {
	shown := *in
	shown.AuthenticationCode1, shown.AuthenticationCode2 = nil, nil
	c.Record().Request = &shown
	return onUser(func(in *api.ResyncMFADeviceInput) *string { return in.UserName })(c, in)
}

// ownedDevice returns the user of that name, the caller's own without one, and its device of that serial number.
func (s *Service) ownedDevice(c *service.Call, name, serial *string) (*User, *MFADevice, error) {
	n, err := userName(c, name)
	if err != nil {
		return nil, nil, err
	}
	u, err := s.user(c, n)
	if err != nil {
		return nil, nil, err
	}
	d, err := deviceBySerial(c.Tx, c.Account, *serial)
	if store.IsAbsent(err) || err == nil && d.Owner != u.ID {
		return nil, nil, api.NoSuchEntityException.New("MFA Device invalid for user.")
	}
	return u, d, err
}

func (s *Service) enableMFADevice(c *service.Call, in *api.EnableMFADeviceInput) (*api.EnableMFADeviceOutput, error) {
	u, err := s.user(c, *in.UserName)
	if err != nil {
		return nil, err
	}
	d, err := deviceBySerial(c.Tx, c.Account, *in.SerialNumber)
	if store.IsAbsent(err) {
		return nil, noSuchDevice(*in.SerialNumber)
	}
	if err != nil {
		return nil, err
	}
	if d.Owner != "" {
		return nil, api.EntityAlreadyExistsException.New("MFA Device is already in use.")
	}
	have, err := devicesOf(c.Tx, c.Account, u.ID)
	if err != nil {
		return nil, err
	}
	if len(have) >= maxMFADevices {
		return nil, over("MFADevicesPerUser", maxMFADevices)
	}
	if err := d.synchronise(s.Seal, *in.AuthenticationCode1, *in.AuthenticationCode2, c.Time, enableWindow); err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, mfaInUseQuota, 1); err != nil {
		return nil, err
	}
	d.Owner, d.Enabled = u.ID, seconds(c.Time)
	return &api.EnableMFADeviceOutput{}, mfaDevices.Update(c.Tx, d)
}

func noSuchDevice(serial string) error {
	return api.NoSuchEntityException.New("VirtualMFADevice with serial number %s doesn't exist.", serial)
}

func (s *Service) resyncMFADevice(c *service.Call, in *api.ResyncMFADeviceInput) (*api.ResyncMFADeviceOutput, error) {
	_, d, err := s.ownedDevice(c, in.UserName, in.SerialNumber)
	if err != nil {
		return nil, err
	}
	if err := d.synchronise(s.Seal, *in.AuthenticationCode1, *in.AuthenticationCode2, c.Time, resyncWindow); err != nil {
		return nil, err
	}
	return &api.ResyncMFADeviceOutput{}, mfaDevices.Update(c.Tx, d)
}

func (s *Service) deactivateMFADevice(c *service.Call, in *api.DeactivateMFADeviceInput) (*api.DeactivateMFADeviceOutput, error) {
	_, d, err := s.ownedDevice(c, in.UserName, in.SerialNumber)
	if err != nil {
		return nil, err
	}
	if err := s.count(c.Tx, c.Account, mfaInUseQuota, -1); err != nil {
		return nil, err
	}
	d.Owner, d.Enabled = "", time.Time{}
	return &api.DeactivateMFADeviceOutput{}, mfaDevices.Update(c.Tx, d)
}

func (s *Service) getMFADevice(c *service.Call, in *api.GetMFADeviceInput) (*api.GetMFADeviceOutput, error) {
	id, name, err := s.owner(c, in.UserName)
	if err != nil {
		return nil, err
	}
	d, err := deviceBySerial(c.Tx, c.Account, *in.SerialNumber)
	if store.IsAbsent(err) || err == nil && d.Owner != id {
		return nil, noSuchDevice(*in.SerialNumber)
	}
	if err != nil {
		return nil, err
	}
	return &api.GetMFADeviceOutput{SerialNumber: new(d.Serial()), EnableDate: &d.Enabled, UserName: wire.Optional(name)}, nil
}

func (s *Service) listMFADevices(c *service.Call, in *api.ListMFADevicesInput) (*api.ListMFADevicesOutput, error) {
	id, name, err := s.owner(c, in.UserName)
	if err != nil {
		return nil, err
	}
	p, err := pageOf(in.Marker, in.MaxItems)
	if err != nil {
		return nil, err
	}
	devices, err := mfaDevices.ListRef(c.Tx, "owner", store.K(c.Account, id), p.after, p.limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListMFADevicesOutput{MFADevices: make([]api.MFADevice, len(devices.Items))}
	for i, d := range devices.Items {
		out.MFADevices[i] = api.MFADevice{SerialNumber: new(d.Serial()), EnableDate: &d.Enabled, UserName: &name}
	}
	out.Marker, out.IsTruncated = marker(devices.Next)
	return out, nil
}

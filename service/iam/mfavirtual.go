package iam

import (
	"fmt"
	"io"
	"strings"

	api "vauban/api/iam"
	"vauban/api/wire"
	"vauban/engine/otp"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

func (s *Service) virtualMFAOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateVirtualMFADevice, onNew(func(c *service.Call, in *api.CreateVirtualMFADeviceInput) string {
			return entityARN(c.Account, "mfa", pathOf(in.Path), wire.Text(in.VirtualMFADeviceName))
		}, typeMFA, func(in *api.CreateVirtualMFADeviceInput, k condition) { k.requestTags(in.Tags) }), s.createVirtualMFADevice),
		service.Writes(api.OpDeleteVirtualMFADevice,
			onMFA(func(in *api.DeleteVirtualMFADeviceInput) *string { return in.SerialNumber }), s.deleteVirtualMFADevice),
		service.Reads(api.OpListVirtualMFADevices, onPath[api.ListVirtualMFADevicesInput]("mfa"), s.listVirtualMFADevices),
		service.Writes(api.OpTagMFADevice, onMFA(func(in *api.TagMFADeviceInput) *string { return in.SerialNumber },
			func(in *api.TagMFADeviceInput, k condition) { k.requestTags(in.Tags) }), s.tagMFADevice),
		service.Writes(api.OpUntagMFADevice, onMFA(func(in *api.UntagMFADeviceInput) *string { return in.SerialNumber },
			func(in *api.UntagMFADeviceInput, k condition) { k.tagKeys(in.TagKeys) }), s.untagMFADevice),
		service.Reads(api.OpListMFADeviceTags, onMFA(func(in *api.ListMFADeviceTagsInput) *string { return in.SerialNumber }), s.listMFADeviceTags),
	}
}

// onOwner is the rule of an operation on the MFA devices of a user, or without a name of the caller's own, be it a user or root.
func onOwner[In any](name func(*In) *string) service.Resources[In] {
	onNamed := onUser(name)
	return func(c *service.Call, in *In) ([]service.Question, error) {
		if name(in) == nil && c.Caller.Kind == policy.Root {
			return []service.Question{{Resource: rootARN(c.Account)}}, nil
		}
		return onNamed(c, in)
	}
}

// owner is the unique ID and the name of the user, or without a name of the caller, be it a user or root.
func (s *Service) owner(c *service.Call, name *string) (id, shown string, err error) {
	if name == nil && c.Caller.Kind == policy.Root {
		return c.Account, rootUser, nil
	}
	n, err := userName(c, name)
	if err != nil {
		return "", "", err
	}
	u, err := s.user(c, n)
	if err != nil {
		return "", "", err
	}
	return u.ID, u.Name, nil
}

// onMFA is the rule of an operation on the device of that serial number. One that is no ARN is authorised as a device of the account.
func onMFA[In any](serial func(*In) *string, more ...func(*In, condition)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		arn := wire.Text(serial(in))
		if !strings.HasPrefix(arn, "arn:") {
			arn = entityARN(c.Account, "mfa", "/", arn)
		}
		k := condition{}
		d, err := deviceBySerial(c.Tx, c.Account, arn)
		switch {
		case err == nil:
			k.ownTags(d.Tags)
		case !store.IsAbsent(err):
			return nil, err
		}
		for _, m := range more {
			m(in, k)
		}
		return []service.Question{{Resource: arn, Account: accountOf(arn), Context: k, ResourceType: typeMFA}}, nil
	}
}

// newDevice gives the device a fresh seed, which it returns.
func newDevice(r io.Reader, seal service.Sealer, d *MFADevice) (seed []byte, err error) {
	if seed, err = otp.NewSeed(r); err != nil {
		return nil, err
	}
	if d.Seed, err = seal.Seal(mfaDevices.Name, mfaDevices.Key(d), seed); err != nil {
		return nil, fmt.Errorf("seal an MFA seed: %w", err)
	}
	return seed, nil
}

// otpauth is the text of a device's QR code. It names the device and the account's alias or ID. IAM API Reference: "VirtualMFADevice".
func otpauth(device, account string, seed []byte) string {
	return otp.URI("Vauban", device+"@"+account, seed)
}

// createVirtualMFADevice draws the QR code before it commits: images are nothing for a transaction to wait for.
func (s *Service) createVirtualMFADevice(c *service.Call, in *api.CreateVirtualMFADeviceInput) (*api.CreateVirtualMFADeviceOutput, error) {
	tags, err := newTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	d := &MFADevice{Account: c.Account, Path: pathOf(in.Path), Name: *in.VirtualMFADeviceName, Created: seconds(c.Time), Tags: tags}
	if d.isRoots() {
		return nil, deviceExists()
	}
	seed, err := newDevice(s.Rand, s.Seal, d)
	if err != nil {
		return nil, err
	}
	label, err := s.accountLabel(c)
	if err != nil {
		return nil, err
	}
	picture, err := qrCode(otpauth(d.Name, label, seed))
	if err != nil {
		return nil, err
	}
	shown := api.VirtualMFADevice{SerialNumber: new(d.Serial()), Tags: shownTags(d.Tags)}
	c.Record().Response = &api.CreateVirtualMFADeviceOutput{VirtualMFADevice: &shown}
	err = c.Commit(func(tx store.Tx) error {
		if err := s.count(tx, c.Account, mfaQuota, 1); err != nil {
			return err
		}
		err := mfaDevices.Insert(tx, d)
		if store.IsTaken(err) {
			return deviceExists()
		}
		return err
	})
	if err != nil {
		c.Record().Response = nil
		return nil, err
	}
	whole := shown
	whole.Base32StringSeed, whole.QRCodePNG = []byte(otp.EncodeSeed(seed)), picture
	return &api.CreateVirtualMFADeviceOutput{VirtualMFADevice: &whole}, nil
}

func deviceExists() error {
	return api.EntityAlreadyExistsException.New("MFADevice entity at the same path and name already exists.")
}

// isRoots says that the name is kept for root's device.
func (d *MFADevice) isRoots() bool { return d.Path == "/" && strings.EqualFold(d.Name, rootDevice) }

// accountLabel is how people know the account: its alias, or its ID.
func (s *Service) accountLabel(c *service.Call) (label string, err error) {
	err = s.Store.Read(c, func(tx store.Tx) error {
		a, err := accounts.Get(tx, store.K(c.Account))
		if err == nil {
			label = a.label()
		}
		return err
	})
	return label, err
}

func (a *Account) label() string {
	if a.Alias != "" {
		return a.Alias
	}
	return a.ID
}

func (s *Service) deleteVirtualMFADevice(c *service.Call, in *api.DeleteVirtualMFADeviceInput) (*api.DeleteVirtualMFADeviceOutput, error) {
	d, err := s.device(c, *in.SerialNumber)
	if err != nil {
		return nil, err
	}
	if d.Owner != "" {
		return nil, api.DeleteConflictException.New("MFA VirtualDevice in use. Must deactivate first.")
	}
	if err := s.count(c.Tx, c.Account, mfaQuota, -1); err != nil {
		return nil, err
	}
	return &api.DeleteVirtualMFADeviceOutput{}, mfaDevices.Delete(c.Tx, mfaDevices.Key(d))
}

func (s *Service) device(c *service.Call, serial string) (*MFADevice, error) {
	d, err := deviceBySerial(c.Tx, c.Account, serial)
	if store.IsAbsent(err) {
		return nil, noSuchDevice(serial)
	}
	return d, err
}

// Assignment statuses of ListVirtualMFADevices.
const (
	assigned   = "Assigned"
	unassigned = "Unassigned"
)

func (s *Service) listVirtualMFADevices(c *service.Call, in *api.ListVirtualMFADevicesInput) (*api.ListVirtualMFADevicesOutput, error) {
	out := &api.ListVirtualMFADevicesOutput{VirtualMFADevices: []api.VirtualMFADevice{}}
	var bad error
	next, err := list(c, mfaDevices, in.Marker, in.MaxItems, func(d *MFADevice) bool {
		switch wire.Text(in.AssignmentStatus) {
		case assigned:
			if d.Owner == "" {
				return false
			}
		case unassigned:
			if d.Owner != "" {
				return false
			}
		}
		shown, err := d.shown(c)
		if err != nil {
			bad = err
			return true
		}
		out.VirtualMFADevices = append(out.VirtualMFADevices, *shown)
		return true
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, err
	}
	out.Marker, out.IsTruncated = marker(next)
	return out, nil
}

// shown is the device with its owner, as listings show it.
func (d *MFADevice) shown(c *service.Call) (*api.VirtualMFADevice, error) {
	out := &api.VirtualMFADevice{SerialNumber: new(d.Serial())}
	switch d.Owner {
	case "":
		return out, nil
	case d.Account:
		a, err := accounts.Get(c.Tx, store.K(d.Account))
		if err != nil {
			return nil, err
		}
		out.EnableDate, out.User = &d.Enabled, a.shownRoot()
		return out, nil
	}
	u, err := users.ByUnique(c.Tx, "id", store.K(d.Account, d.Owner))
	if err != nil {
		return nil, err
	}
	out.EnableDate, out.User = &d.Enabled, u.shown(false)
	return out, nil
}

func (s *Service) tagMFADevice(c *service.Call, in *api.TagMFADeviceInput) (*api.TagMFADeviceOutput, error) {
	d, err := s.device(c, *in.SerialNumber)
	if err != nil {
		return nil, err
	}
	if d.Tags, err = newTags(d.Tags, in.Tags); err != nil {
		return nil, err
	}
	return &api.TagMFADeviceOutput{}, mfaDevices.Update(c.Tx, d)
}

func (s *Service) untagMFADevice(c *service.Call, in *api.UntagMFADeviceInput) (*api.UntagMFADeviceOutput, error) {
	d, err := s.device(c, *in.SerialNumber)
	if err != nil {
		return nil, err
	}
	d.Tags = withoutTags(d.Tags, in.TagKeys)
	return &api.UntagMFADeviceOutput{}, mfaDevices.Update(c.Tx, d)
}

func (s *Service) listMFADeviceTags(c *service.Call, in *api.ListMFADeviceTagsInput) (*api.ListMFADeviceTagsOutput, error) {
	d, err := s.device(c, *in.SerialNumber)
	if err != nil {
		return nil, err
	}
	tags, m, more, err := tagPage(d.Tags, in.Marker, in.MaxItems)
	return &api.ListMFADeviceTagsOutput{Tags: tags, Marker: m, IsTruncated: more}, err
}

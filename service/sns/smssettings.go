package sns

import (
	"context"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"

	api "vauban/api/sns"
	"vauban/service"
	"vauban/store"
)

// SMSSettings are what an account has set for its texts in a Region. API reference: "SetSMSAttributes".
type SMSSettings struct {
	Account, Region string
	Limit           string `json:",omitempty"` // MonthlySpendLimit in USD, "" means 1
	Sender          string `json:",omitempty"` // DefaultSenderID
	Type            string `json:",omitempty"` // DefaultSMSType
	Role            string `json:",omitempty"` // DeliveryStatusIAMRole
	Sample          string `json:",omitempty"` // DeliveryStatusSuccessSamplingRate
}

var smsSettingsTable = &store.Table[SMSSettings]{
	Name: "sns.sms",
	Key:  func(x *SMSSettings) store.Key { return store.K(x.Account, x.Region) },
}

// The types of texts.
const (
	smsPromotional   = "Promotional"
	smsTransactional = "Transactional"
)

const defaultLimit = "1"

// limit is MonthlySpendLimit in USD.
func (x *SMSSettings) limit() float64 {
	if x.Limit == "" {
		return 1
	}
	v, err := strconv.ParseFloat(x.Limit, 64)
	if err != nil {
		return 0 // it was checked when it was set
	}
	return v
}

func (s *Service) smsOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetSMSAttributes, onAny[api.GetSMSAttributesInput], s.getSMSAttributes),
		service.Writes(api.OpSetSMSAttributes, onSMS, s.setSMSAttributes),
	}
}

func onSMS(_ *service.Call, in *api.SetSMSAttributesInput) ([]service.Question, error) {
	qs := []service.Question{{Resource: "*"}}
	if role := in.Attributes["DeliveryStatusIAMRole"]; isRole(role) {
		qs = append(qs, service.PassRole(role, principal, nil))
	}
	return qs, nil
}

// settingsOf are the account's settings, empty when it has none.
func settingsOf(tx store.Tx, account, region string) (*SMSSettings, error) {
	x, err := smsSettingsTable.Get(tx, store.K(account, region))
	if store.IsAbsent(err) {
		return &SMSSettings{Account: account, Region: region}, nil
	}
	return x, err
}

func (s *Service) smsSettings(ctx context.Context, account, region string) (x *SMSSettings, err error) {
	err = s.Store.Read(ctx, func(tx store.Tx) error {
		x, err = settingsOf(tx, account, region)
		return err
	})
	return x, err
}

var senderID = regexp.MustCompile(`^[A-Za-z0-9-]{1,11}$`)

func (s *Service) setSMSAttributes(c *service.Call, in *api.SetSMSAttributesInput) (*api.SetSMSAttributesOutput, error) {
	x, err := settingsOf(c.Tx, c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
		if err := x.set(name, in.Attributes[name]); err != nil {
			return nil, err
		}
	}
	return &api.SetSMSAttributesOutput{}, smsSettingsTable.Put(c.Tx, x)
}

func (x *SMSSettings) set(name, value string) error {
	bad := wireInvalid("%s is invalid", name)
	switch name { // "" is the default again
	case "MonthlySpendLimit":
		if v, err := strconv.ParseFloat(value, 64); value != "" && (err != nil || v < 0 || v > 1e9 || math.IsNaN(v)) {
			return bad
		}
		x.Limit = value
	case "DefaultSenderID":
		if value != "" && !senderID.MatchString(value) {
			return bad
		}
		x.Sender = value
	case "DefaultSMSType":
		if value != "" && value != smsPromotional && value != smsTransactional {
			return bad
		}
		x.Type = value
	case "DeliveryStatusIAMRole":
		if value != "" && !isRole(value) {
			return bad
		}
		x.Role = value
	case "DeliveryStatusSuccessSamplingRate":
		if n, err := strconv.Atoi(value); value != "" && (err != nil || n < 0 || n > 100) {
			return bad
		}
		x.Sample = value
	case "UsageReportS3Bucket":
		if value != "" {
			return unbuilt("UsageReportS3Bucket")
		}
	default:
		return wireInvalid("%s is not a valid attribute", bounded(name, 100))
	}
	return nil
}

func (s *Service) getSMSAttributes(c *service.Call, in *api.GetSMSAttributesInput) (*api.GetSMSAttributesOutput, error) {
	x, err := settingsOf(c.Tx, c.Account, c.Region)
	if err != nil {
		return nil, err
	}
	all := map[string]string{
		"MonthlySpendLimit": x.Limit, "DefaultSenderID": x.Sender, "DefaultSMSType": x.Type, "DeliveryStatusIAMRole": x.Role,
		"DeliveryStatusSuccessSamplingRate": x.Sample, "UsageReportS3Bucket": "",
	}
	if x.Limit == "" {
		all["MonthlySpendLimit"] = defaultLimit
	}
	out := &api.GetSMSAttributesOutput{Attributes: map[string]string{}}
	for _, name := range in.Attributes {
		if _, known := all[name]; !known {
			return nil, wireInvalid("%s is not a valid attribute", bounded(name, 100))
		}
	}
	for name, v := range all {
		if v != "" && (len(in.Attributes) == 0 || slices.Contains(in.Attributes, name)) {
			out.Attributes[name] = v
		}
	}
	return out, nil
}

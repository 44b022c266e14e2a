package sns

import (
	"regexp"
	"strings"
	"time"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// OptOut is a phone that gets no texts from an account: its owner has answered STOP.
type OptOut struct {
	Account, Region, Number string
	Time                    time.Time
}

var optOuts = &store.Table[OptOut]{
	Name: "sns.optout",
	Key:  func(x *OptOut) store.Key { return store.K(x.Account, x.Region, x.Number) },
}

// OptIn remembers when a phone was opted in again.
type OptIn struct {
	Account, Region, Number string
	Time                    time.Time
}

var optIns = &store.Table[OptIn]{
	Name: "sns.optin",
	Key:  func(x *OptIn) store.Key { return store.K(x.Account, x.Region, x.Number) },
}

// optInPause is how long an account waits until it may opt a phone in again. API reference: "OptInPhoneNumber".
const optInPause = 30 * 24 * time.Hour

var e164 = regexp.MustCompile(`^\+?[0-9]{8,15}$`)

// phoneNumber is the number in E.164's form.
func phoneNumber(text string) (string, bool) {
	if !e164.MatchString(text) {
		return "", false
	}
	return "+" + strings.TrimPrefix(text, "+"), true
}

func (s *Service) phoneOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpCheckIfPhoneNumberIsOptedOut, onAny[api.CheckIfPhoneNumberIsOptedOutInput], s.isOptedOut),
		service.Reads(api.OpListPhoneNumbersOptedOut, onAny[api.ListPhoneNumbersOptedOutInput], s.listOptedOut),
		service.Writes(api.OpOptInPhoneNumber, onAny[api.OptInPhoneNumberInput], s.optIn),
		service.Reads(api.OpListOriginationNumbers, onAny[api.ListOriginationNumbersInput], s.listOriginationNumbers),
	}
}

func numberIn(text *string) (string, error) {
	n, ok := phoneNumber(wire.Text(text))
	if !ok {
		return "", invalid("PhoneNumber Reason: input incorrectly formatted")
	}
	return n, nil
}

func (s *Service) isOptedOut(c *service.Call, in *api.CheckIfPhoneNumberIsOptedOutInput) (*api.CheckIfPhoneNumberIsOptedOutOutput, error) {
	n, err := numberIn(in.PhoneNumber)
	if err != nil {
		return nil, err
	}
	out, err := optOuts.Has(c.Tx, store.K(c.Account, c.Region, n))
	return &api.CheckIfPhoneNumberIsOptedOutOutput{IsOptedOut: &out}, err
}

func (s *Service) listOptedOut(c *service.Call, in *api.ListPhoneNumbersOptedOutInput) (*api.ListPhoneNumbersOptedOutOutput, error) {
	p, err := s.pageOf("optouts", in.NextToken)
	if err != nil {
		return nil, err
	}
	list, err := optOuts.List(c.Tx, store.K(c.Account, c.Region), p.After, p.Limit)
	if err != nil {
		return nil, err
	}
	out := &api.ListPhoneNumbersOptedOutOutput{PhoneNumbers: []string{}}
	for _, x := range list.Items {
		out.PhoneNumbers = append(out.PhoneNumbers, x.Number)
	}
	out.NextToken, err = p.Token(list.Next)
	return out, err
}

func (s *Service) optIn(c *service.Call, in *api.OptInPhoneNumberInput) (*api.OptInPhoneNumberOutput, error) {
	n, err := numberIn(in.PhoneNumber)
	if err != nil {
		return nil, err
	}
	key := store.K(c.Account, c.Region, n)
	out, err := optOuts.Has(c.Tx, key)
	if err != nil || !out {
		return &api.OptInPhoneNumberOutput{}, err
	}
	last, err := optIns.Get(c.Tx, key)
	switch {
	case err != nil && !store.IsAbsent(err):
		return nil, err
	case err == nil && c.Time.Before(last.Time.Add(optInPause)):
		return nil, invalid("PhoneNumber Reason: the number was opted in less than 30 days ago")
	}
	if err := optOuts.Delete(c.Tx, key); err != nil {
		return nil, err
	}
	return &api.OptInPhoneNumberOutput{}, optIns.Put(c.Tx, &OptIn{Account: c.Account, Region: c.Region, Number: n, Time: c.Time})
}

// listOriginationNumbers answers that the account has none: numbers are the partner's, and configured there.
func (s *Service) listOriginationNumbers(_ *service.Call, in *api.ListOriginationNumbersInput) (*api.ListOriginationNumbersOutput, error) {
	if _, err := s.pageOf("numbers", in.NextToken); err != nil {
		return nil, err
	}
	return &api.ListOriginationNumbersOutput{PhoneNumbers: []api.PhoneNumberInformation{}}, nil
}

package smpp

import (
	"errors"
	"fmt"
	"strings"

	"vauban/carrier"
	"vauban/carrier/smpp/pdu"
	"vauban/engine/sms"
)

// destination is the number of a phone, in E.164.
func destination(to string) (pdu.Address, error) {
	if !sms.IsNumber(to) {
		return pdu.Address{}, fmt.Errorf("%w: %q is no phone number in the form +4915112345678", carrier.ErrRefused, to)
	}
	return pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIE164, Text: to[1:]}, nil
}

// source is a sender: a number, a short code, or a name. "" leaves it to the centre.
func source(from string) (pdu.Address, error) {
	number, international := strings.CutPrefix(from, "+")
	switch {
	case from == "":
		return pdu.Address{}, nil
	case sms.IsDigits(number) && (international || len(number) > 8) && len(number) <= 15:
		return pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIE164, Text: number}, nil
	case sms.IsDigits(number) && !international:
		return pdu.Address{TON: pdu.TONNetwork, NPI: pdu.NPIUnknown, Text: number}, nil
	case len(from) > 11:
		return pdu.Address{}, errors.New("a sender's name has at most 11 characters")
	}
	for _, r := range from {
		if r < ' ' || r > '~' {
			return pdu.Address{}, errors.New("a sender's name holds letters, digits and signs of ASCII only")
		}
	}
	return pdu.Address{TON: pdu.TONAlphanumeric, NPI: pdu.NPIUnknown, Text: from}, nil
}

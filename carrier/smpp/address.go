package smpp

import (
	"errors"
	"fmt"
	"strings"

	"vauban/carrier"
	"vauban/carrier/smpp/pdu"
)

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// destination is the number of a phone, in E.164.
func destination(to string) (pdu.Address, error) {
	number, ok := strings.CutPrefix(to, "+")
	if !ok || !digits(number) || len(number) < 5 || len(number) > 15 || number[0] == '0' {
		return pdu.Address{}, fmt.Errorf("%w: %q is no phone number in the form +4915112345678", carrier.ErrRefused, to)
	}
	return pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIE164, Text: number}, nil
}

// source is a sender: a number, a short code, or a name. "" leaves it to the centre.
func source(from string) (pdu.Address, error) {
	number, international := strings.CutPrefix(from, "+")
	switch {
	case from == "":
		return pdu.Address{}, nil
	case digits(number) && (international || len(number) > 8) && len(number) <= 15:
		return pdu.Address{TON: pdu.TONInternational, NPI: pdu.NPIE164, Text: number}, nil
	case digits(number) && !international:
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

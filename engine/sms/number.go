package sms

import "strings"

// IsNumber says whether a text is a phone number in E.164: "+4915112345678".
func IsNumber(text string) bool {
	number, ok := strings.CutPrefix(text, "+")
	return ok && IsDigits(number) && len(number) >= 5 && len(number) <= 15 && number[0] != '0'
}

// IsDigits says whether a text consists of digits.
func IsDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

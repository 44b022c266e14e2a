package dataprotection

import "strings"

// digitsOf are the digits in what was found.
func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// compact is what was found without separators, in capitals.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, s)
}

// same reports whether all digits are the same: an example, not a number of anybody.
func same(d string) bool { return d != "" && strings.Count(d, d[:1]) == len(d) }

// luhn is ISO/IEC 7812's check digit.
func luhn(d string) bool {
	sum := 0
	for i := range len(d) {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 1 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return d != "" && sum%10 == 0
}

// weighted is the sum of the digits with their weights.
func weighted(d string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		sum += int(d[i]-'0') * w
	}
	return sum
}

// mod is a number in decimal, of any length, to a modulus.
func mod(d string, m int) int {
	n := 0
	for i := range len(d) {
		n = (n*10 + int(d[i]-'0')) % m
	}
	return n
}

// iban is ISO 13616's check: country and check digits behind, letters as numbers from 10 on, to 97.
func iban(s string) bool {
	s = s[4:] + s[:4]
	n := 0
	for i := range len(s) {
		if c := s[i]; c >= 'A' {
			n = (n*100 + int(c-'A') + 10) % 97
		} else {
			n = (n*10 + int(c-'0')) % 97
		}
	}
	return n == 1
}

// ibanOf makes the check of a country's IBANs, or of what its numbers were before.
func ibanOf(country string, length int, before func(string) bool) func(string) bool {
	return func(s string) bool {
		c := compact(s)
		if strings.HasPrefix(c, country) && len(c) == length {
			return iban(c)
		}
		return before != nil && before(c)
	}
}

// cardPrefixes are the ranges of issuers, by the first digits: American Express, Diners Club, Discover, JCB, Mastercard, UnionPay, Visa with Electron, Dankort, Maestro.
var cardPrefixes = []struct {
	low, high string
	lengths   string // one byte a length, less 12: "a" is 13
}{
	{"34", "34", "c"}, {"37", "37", "c"},
	{"300", "305", "b"}, {"3095", "3095", "b"}, {"36", "36", "bcdefg"}, {"38", "39", "bcdefg"},
	{"6011", "6011", "defg"}, {"622126", "622925", "defg"}, {"644", "649", "defg"}, {"65", "65", "defg"},
	{"3528", "3589", "defg"},
	{"51", "55", "d"}, {"2221", "2720", "d"},
	{"62", "62", "defg"}, {"81", "81", "defg"},
	{"4", "4", "adg"},
	{"5019", "5019", "d"}, {"4571", "4571", "d"},
	{"50", "50", "abcdefg"}, {"56", "58", "abcdefg"}, {"63", "63", "abcdefg"}, {"67", "67", "abcdefg"},
}

// cardTests are numbers that issuers have set aside for tests, which AWS does not report. User Guide: "Financial information".
var cardTests = strings.Fields(`
122000000000003 2222405343248877 2222990905257051 2223007648726984 2223577120017656 30569309025904 34343434343434 3528000700000000 3530111333300000
3566002020360505 36148900647913 36700102000000 371449635398431 378282246310005 378734493671000 38520000023237 4012888888881881 4111111111111111 4222222222222
4444333322221111 4462030000000000 4484070000000000 4911830000000 4917300800000000 4917610000000000 4917610000000000003 5019717010103742 5105105105105100
5111010030175156 5185540810000019 5200828282828210 5204230080000017 5204740009900014 5420923878724339 5454545454545454 5455330760000018 5506900490000436
5506900490000444 5506900510000234 5506920809243667 5506922400634930 5506927427317625 5553042241984105 5555553753048194 5555555555554444 5610591081018250
6011000990139424 6011000400000000 6011111111111117 630490017740292441 630495060000000000 6331101999990016 6759649826438453 6799990100000000019 76009244561`)

func card(s string) bool {
	d := digitsOf(s)
	if !luhn(d) || same(d) {
		return false
	}
	for _, p := range cardPrefixes {
		if head := d[:len(p.low)]; head >= p.low && head <= p.high && strings.IndexByte(p.lengths, byte(len(d)-13)+'a') >= 0 {
			return !contains(cardTests, d)
		}
	}
	return false
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// ssn is the rules of the Social Security Administration: no area 000, 666 or from 900 on, no group 00, no serial 0000.
func ssn(s string) bool {
	d := digitsOf(s)
	return d[:3] != "000" && d[:3] != "666" && d[0] != '9' && d[3:5] != "00" && d[5:] != "0000" && d != "078051120" && d != "219099999" && !same(d) && d != "123456789"
}

// itin is the rules of the Internal Revenue Service for the fourth and fifth digit.
func itin(s string) bool {
	g := digitsOf(s)[3:5]
	return g >= "50" && g <= "65" || g >= "70" && g <= "88" || g >= "90" && g <= "92" || g >= "94"
}

// npi is a National Provider Identifier: Luhn's digit with 80840 before it.
func npi(s string) bool { return luhn("80840" + s) }

// nhs is a number of the National Health Service: modulus 11.
func nhs(s string) bool {
	d := digitsOf(s)
	c := (11 - weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)%11) % 11
	return c != 10 && c == int(d[9]-'0') && !same(d)
}

// dea is a number of the Drug Enforcement Administration: two letters, and a check digit of the others.
func dea(s string) bool {
	d := s[2:]
	return (weighted(d, 1, 0, 1, 0, 1)+2*weighted(d, 0, 1, 0, 1, 0, 1))%10 == int(d[6]-'0')
}

// elevens is the check digit that Brazil's numbers have twice: eleven less the remainder, 0 from 10 on.
func elevens(sum int) byte {
	c := 11 - sum%11
	if c >= 10 {
		c = 0
	}
	return byte(c) + '0'
}

func cpf(s string) bool {
	d := digitsOf(s)
	return !same(d) && elevens(weighted(d, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == d[9] && elevens(weighted(d, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2)) == d[10]
}

func cnpj(s string) bool {
	d := digitsOf(s)
	return !same(d) && elevens(weighted(d, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == d[12] && elevens(weighted(d, 6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) == d[13]
}

// rg is a Registro Geral with São Paulo's check digit, X for ten.
func rg(s string) bool {
	c := compact(s)
	if len(c) != 9 || same(c) {
		return false
	}
	check := weighted(c, 2, 3, 4, 5, 6, 7, 8, 9)
	want := 11 - check%11
	switch want {
	case 10:
		return c[8] == 'X'
	case 11:
		want = 0
	}
	return c[8] == byte(want)+'0'
}

const dniLetters = "TRWAGMYFPDXBNJZSQVHLCKE"

// dni is a number of Spain's identity card, whose letter is the number to 23.
func dni(s string) bool {
	c := compact(s)
	d := c[:len(c)-1]
	return len(c) == 9 && !same(d) && dniLetters[mod(d, 23)] == c[8]
}

// nie is the number of a foreigner in Spain: X, Y and Z stand for 0, 1 and 2.
func nie(s string) bool {
	c := compact(s)
	return len(c) == 9 && c[0] >= 'X' && dniLetters[mod(string('0'+c[0]-'X')+c[1:8], 23)] == c[8]
}

func nif(s string) bool {
	switch c := compact(s); {
	case len(c) != 9:
		return false
	case c[0] >= 'X':
		return nie(c)
	case c[0] >= 'K':
		return dniLetters[mod(c[1:8], 23)] == c[8]
	}
	return dni(s)
}

// cif is the number of an organisation in Spain: a control digit, or the letter in its place.
func cif(s string) bool {
	c := compact(s)
	sum := 0
	for i, b := range []byte(c[1:8]) {
		v := int(b - '0')
		if i%2 == 0 {
			v = v*2/10 + v*2%10
		}
		sum += v
	}
	control := (10 - sum%10) % 10
	return c[8] == byte(control)+'0' || c[8] == "JABCDEFGHI"[control]
}

// fiscal is Italy's codice fiscale: the odd places have a table of their own.
func fiscal(s string) bool {
	const odd = "\x01\x00\x05\x07\x09\x0d\x0f\x11\x13\x15\x02\x04\x12\x14\x0b\x03\x06\x08\x0c\x0e\x10\x0a\x16\x19\x18\x17"
	c, sum := compact(s), 0
	for i := range 15 {
		v := c[i] - 'A'
		if c[i] <= '9' {
			v = c[i] - '0'
		}
		if i%2 == 0 {
			v = odd[v]
		}
		sum += int(v)
	}
	return c[15] == byte(sum%26)+'A'
}

// insee is France's number of a person with its key; without the key, as many digits say little, month and sex must be right.
func insee(s string) bool {
	c := compact(s)
	month := c[3:5]
	if c[0] != '1' && c[0] != '2' || !(month >= "01" && month <= "12" || month >= "20" && month <= "42") {
		return false
	}
	if len(c) == 13 {
		return true
	}
	c = strings.NewReplacer("2A", "19", "2B", "18").Replace(c[:7]) + c[7:]
	return 97-mod(c[:13], 97) == int(c[13]-'0')*10+int(c[14]-'0')
}

// ausweis is the number of a German identity card: weights 7, 3 and 1, letters from 10 on. It is shown with or without its check digit.
func ausweis(s string) bool {
	c := compact(s)
	if len(c) == 9 {
		return strings.ContainsAny(c, "0123456789") && !same(c)
	}
	sum := 0
	for i := range 9 {
		v := int(c[i] - '0')
		if c[i] >= 'A' {
			v = int(c[i]-'A') + 10
		}
		sum += v * []int{7, 3, 1}[i%3]
	}
	return sum%10 == int(c[9]-'0') && !same(c)
}

// steuer is Germany's identification number for taxes: ISO/IEC 7064, modulus 11,10.
func steuer(s string) bool {
	d := digitsOf(s)
	p := 10
	for i := range 10 {
		v := (int(d[i]-'0') + p) % 10
		if v == 0 {
			v = 10
		}
		p = v * 2 % 11
	}
	c := 11 - p
	if c == 10 {
		c = 0
	}
	return d[0] != '0' && c == int(d[10]-'0')
}

// spi is France's number for taxes: the last three digits are the others to 511.
func spi(s string) bool {
	d := digitsOf(s)
	return d[0] <= '3' && mod(d[:10], 511) == mod(d[10:], 1000)
}

// utr is a Unique Taxpayer Reference of the United Kingdom: its first digit checks the others.
func utr(s string) bool {
	d := digitsOf(s)
	return !same(d) && "21987654321"[weighted(d[1:], 6, 7, 8, 9, 10, 5, 4, 3, 2)%11] == d[0]
}

// seguridad is Spain's number of the social security: the last two digits are the others to 97.
func seguridad(s string) bool {
	d := digitsOf(s)
	province, number := mod(d[:2], 100), mod(d[2:10], 100000000)
	n := province*10000000 + number
	if number >= 10000000 {
		n = province*100000000 + number
	}
	return province >= 1 && province <= 66 && n%97 == mod(d[10:], 100)
}

func sin(s string) bool {
	d := digitsOf(s)
	return d[0] != '0' && d[0] != '8' && luhn(d) && !same(d)
}

// nino is a National Insurance number: some prefixes are not used.
func nino(s string) bool { return !contains(strings.Fields("BG GB KN NK NT TN ZZ"), compact(s)[:2]) }

// phn is a Personal Health Number: British Columbia's by modulus 11, others by their length.
func phn(s string) bool {
	d := digitsOf(s)
	switch {
	case same(d):
		return false
	case len(d) == 10 && d[0] == '9':
		return (11-weighted(d[1:], 2, 4, 8, 5, 10, 9, 7, 3)%11)%11 == int(d[9]-'0')
	case len(d) == 10:
		return luhn(d)
	}
	return len(d) == 9 || len(d) == 12
}

// rib is a French bank account: the key makes the whole a multiple of 97, with letters as digits.
func rib(c string) bool {
	if len(c) != 23 {
		return false
	}
	d := strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'I':
			return r - 'A' + '1'
		case r >= 'J' && r <= 'R':
			return r - 'J' + '1'
		case r >= 'S' && r <= 'Z':
			return r - 'S' + '2'
		}
		return r
	}, c)
	return mod(d, 97) == 0 && !same(d)
}

// ccc is a Spanish bank account: one check digit for bank and branch, one for the account.
func ccc(c string) bool {
	if len(c) != 20 || digitsOf(c) != c || same(c) {
		return false
	}
	check := func(sum int) byte {
		v := 11 - sum%11
		if v >= 10 {
			v = 11 - v
		}
		return byte(v) + '0'
	}
	return check(weighted("00"+c[:8], 1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) == c[8] && check(weighted(c[10:], 1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) == c[9]
}

// vin is ISO 3779's rules: letters and digits, the last four digits; in North America a check digit, of which others need not have one.
func vin(s string) bool {
	c := compact(s)
	if len(digitsOf(c[13:])) != 4 || len(digitsOf(c)) == 17 {
		return false
	}
	if c[0] < '1' || c[0] > '5' {
		return true
	}
	weights := []int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2}
	sum := 0
	for i, w := range weights {
		v := int(c[i] - '0')
		if c[i] >= 'A' {
			v = int("12345678012345070923456789"[c[i]-'A'] - '0')
		}
		sum += v * w
	}
	return "0123456789X"[sum%11] == c[8]
}

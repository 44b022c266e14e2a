package dataprotection

import (
	"strings"
)

// Words that streets are called by: behind the name in English, behind or within it in German, before it elsewhere.
var (
	streetEnds   = lowerSet("street st avenue ave road rd lane ln drive dr court ct boulevard blvd way place pl square sq terrace ter circle cir highway hwy parkway pkwy crescent close gardens grove mews parade")
	streetStarts = lowerSet("rue avenue boulevard place quai chemin impasse allée route via viale piazza corso largo vicolo strada calle avenida paseo plaza carrer ronda travesía")
	streetTails  = []string{"straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer"}
	states       = nameSet(`AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR
NSW VIC QLD TAS ACT NT ON QC BC AB MB SK NS NB NL PE`)
)

func lowerSet(list string) map[string]bool { return nameSet(list) }

// addressWords is how many words there are between the number of a house and the postal code at most, or as many before it.
const addressWords = 14

// word is a part of a text between blanks and commas.
type word struct{ start, end int }

// scanPostal finds addresses: a house number, a street, a city and a postal code of Australia, Canada, France, Germany, Italy, Spain, the United Kingdom or the United States.
// It looks at each number that may be a house's, and at no more than some words behind it.
func scanPostal(text string, found func(start, end int)) {
	for i := 0; i < len(text); i++ {
		if isDigit(text[i]) && free(text, i) && (i == 0 || !isWord(text[i-1])) {
			start, end := address(text, i)
			if end > 0 {
				found(start, end)
				i = end
				continue
			}
			for i < len(text) && isWord(text[i]) {
				i++
			}
		}
	}
}

// wordsFrom reads words of a line.
func wordsFrom(text string, i int) (out []word) {
	for len(out) < addressWords {
		for i < len(text) && (text[i] == ' ' || text[i] == ',') {
			i++
		}
		start := i
		for i < len(text) && strings.IndexByte(" ,;:\"{}[]()<>=|\n\r\t", text[i]) < 0 && i-start < 40 {
			i++
		}
		if i == start {
			break
		}
		out = append(out, word{start, i})
	}
	return out
}

// address is where the address lies whose house number is there; its end is 0 when there is none.
func address(text string, at int) (start, end int) {
	w := wordsFrom(text, at)
	if len(w) < 3 || w[0].end-w[0].start > 6 {
		return 0, 0
	}
	at0 := func(i int) string { return text[w[i].start:w[i].end] }
	if start := streetBefore(text, at); start >= 0 { // Via Roma 10, 00184 Roma
		if end := placed(text, w, 1, 2); end > 0 {
			return start, end
		}
	}
	if !capital(text, w[1].start) && !streetStarts[strings.ToLower(at0(1))] {
		return 0, 0
	}
	street := 0
	for i := 1; i < len(w) && i <= 6 && street == 0; i++ {
		name := strings.ToLower(strings.TrimRight(at0(i), "."))
		if streetEnds[name] && i > 1 || i == 1 && streetStarts[name] {
			street = i
		}
	}
	if street == 0 {
		return 0, 0
	}
	return w[0].start, placed(text, w, street+1, len(w))
}

// placed looks for a postal code with a city beside it, the code among words from the first to before the last, and returns where that ends.
func placed(text string, w []word, first, last int) int {
	at := func(i int) string { return strings.TrimRight(text[w[i].start:w[i].end], ".") }
	end := func(i int) int { return w[i].start + len(at(i)) }
	for i := first; i < min(last, len(w)); i++ {
		code := at(i)
		switch {
		case i > first+1 && states[at(i-1)] && (zip(code) || len(code) == 4 && len(digitsOf(code)) == 4):
			return end(i)
		case i > first && i+1 < len(w) && outward(code) && inward(at(i+1)):
			return end(i + 1)
		case len(code) == 5 && len(digitsOf(code)) == 5 && i+1 < len(w) && capital(text, w[i+1].start):
			return end(i + 1)
		}
	}
	return 0
}

// zip is a ZIP code, with or without its four further digits.
func zip(s string) bool {
	d := digitsOf(s)
	return d == s && len(s) == 5 || len(s) == 10 && s[5] == '-' && len(d) == 9
}

// outward and inward are the two halves of a postcode of the United Kingdom, and of Canada.
func outward(s string) bool {
	return len(s) >= 2 && len(s) <= 4 && s[0] >= 'A' && s[0] <= 'Z' && s == strings.ToUpper(s) && strings.ContainsAny(s[1:], "0123456789")
}

func inward(s string) bool {
	return len(s) == 3 && isDigit(s[0]) && s == strings.ToUpper(s) && !isDigit(s[1]) && isWord(s[1]) && isWord(s[2])
}

// streetBefore is where the street begins whose name ends before the number, or -1.
func streetBefore(text string, at int) int {
	from := at
	for range 4 {
		end := from
		for end > 0 && at-end < 60 && (text[end-1] == ' ' || text[end-1] == ',') {
			end--
		}
		start := end
		for start > 0 && at-start < 60 && strings.IndexByte(" ,;:\"{}[]()<>=|\n\r\t", text[start-1]) < 0 {
			start--
		}
		if start == end || !wordStart(text, start) {
			return -1
		}
		name := strings.ToLower(text[start:end])
		for _, tail := range streetTails {
			if strings.HasSuffix(name, tail) && capital(text, start) {
				return start
			}
		}
		if from < at && streetStarts[name] {
			return start
		}
		from = start
	}
	return -1
}

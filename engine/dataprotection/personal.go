package dataprotection

import (
	"strconv"
	"strings"
)

const (
	phoneWords   = "cell, contact, fax, fax number, mobile, phone, phone number, tel, telephone, telephone number"
	brazilPhones = phoneWords + ", cel, celular, fone, móvel, número residencial, numero residencial, telefone"
)

// User Guide: "Personally identifiable information (PII)".
var personalSpecs = []spec{
	{name: "Address", scan: scanPostal},
	{name: "CepCode-BR", keywords: words("cep, código de endereçamento postal, codigo de endereçamento postal"), shape: `\d{5}-?\d{3}|\d{2}\.\d{3}-\d{3}`},
	{name: "DateOfBirth", keywords: words("dob, date of birth, birthdate, birth date, birthday, b-day, bday"), shape: dateShape, valid: date},
	{name: "EmailAddress", scan: scanEmails},
	{name: "LatLong", keywords: words("coordinate, coordinates, lat long, latitude longitude, location, position"), shape: `[+-]?\d{1,2}\.\d{2,15}[,;]? ?[+-]?\d{1,3}\.\d{2,15}`, valid: latLong},
	{name: "Name", scan: scanNames},
	{name: "PhoneNumber-BR", keywords: words(brazilPhones), bare: withCountry("55"), shape: `((\+|00)55[ -]?)?(\(?\d\d\)?[ -]?)?9?\d{4}[ -]?\d{4}`, valid: phone("55", 10, 11)},
	{name: "PhoneNumber-DE", keywords: words(phoneWords), bare: withCountry("49"), shape: `((\+|00)49[ -]?(\(0\))?|\(?0)\d{2,5}\)?[ /-]?\d{2,5}([ -]?\d{2,5}){0,2}`, valid: phone("49", 7, 12)},
	{name: "PhoneNumber-ES", keywords: words(phoneWords), bare: withCountry("34"), shape: `((\+|00)34[ -]?)?[6-9]\d\d?([ -]?\d{2,3}){2,3}`, valid: phone("34", 9, 9)},
	{name: "PhoneNumber-FR", keywords: words(phoneWords), bare: withCountry("33"), shape: `((\+|00)33[ .-]?(\(0\))?|0)[1-9]([ .-]?\d\d){4}`, valid: phone("33", 9, 10)},
	{name: "PhoneNumber-GB", keywords: words(phoneWords), bare: withCountry("44"), shape: `((\+|00)44[ -]?(\(0\))?|\(?0)\d{2,5}\)?[ -]?\d{3,4}([ -]?\d{3,4})?`, valid: phone("44", 9, 11)},
	{name: "PhoneNumber-IT", keywords: words(phoneWords), bare: withCountry("39"), shape: `((\+|00)39[ -]?)?[03]\d{1,3}[ -]?\d{3,4}[ -]?\d{3,4}`, valid: phone("39", 8, 11)},
	{name: "PhoneNumber-US", keywords: words(phoneWords), bare: withCountry("1"), shape: `((\+|00)?1[ .-]?)?\(?[2-9]\d\d\)?[ .-]?[2-9]\d\d[ .-]?\d{4}`, valid: phone("1", 10, 11)},
	{name: "PostalCode-CA", shape: `[ABCEGHJ-NPRSTVXY]\d[ABCEGHJ-NPRSTV-Z][ -]?\d[ABCEGHJ-NPRSTV-Z]\d`, valid: func(s string) bool { return s == strings.ToUpper(s) }},
	{name: "VehicleIdentificationNumber", keywords: words(`Fahrgestellnummer, niv, numarul de identificare, numarul seriei de sasiu, serie sasiu, numer VIN, Número de Identificação do Veículo,
		Número de Identificación de Automóviles, numéro d'identification du véhicule, vehicle identification number, vin, VIN numeris`), shape: `[A-HJ-NPR-Z0-9]{17}`, valid: vin},
	{name: "ZipCode-US", keywords: words("zip code, zip+4"), shape: `\d{5}(-\d{4})?`},
}

// withCountry reports whether a number of a telephone begins with the code of its country, as a number that needs no keyword does.
func withCountry(code string) func(string) bool {
	return func(s string) bool { return strings.HasPrefix(s, "+"+code) || strings.HasPrefix(s, "00"+code) }
}

// phone makes the check of a country's telephone numbers: how many digits there are beside the country's code.
func phone(code string, least, most int) func(string) bool {
	return func(s string) bool {
		if strings.Count(s, "(") != strings.Count(s, ")") {
			return false
		}
		d := digitsOf(s)
		if strings.HasPrefix(s, "+"+code) {
			d = d[len(code):]
		} else if strings.HasPrefix(s, "00"+code) {
			d = d[2+len(code):]
		}
		return len(d) >= least && len(d) <= most && !same(d)
	}
}

func latLong(s string) bool {
	i := strings.IndexAny(s, ",; ")
	if i < 0 {
		if i = strings.LastIndexAny(s, "+-"); i <= 0 {
			return false
		}
	}
	lat, err := strconv.ParseFloat(s[:i], 64)
	long, err2 := strconv.ParseFloat(strings.Trim(s[i:], ",; "), 64)
	return err == nil && err2 == nil && lat >= -90 && lat <= 90 && long >= -180 && long <= 180
}

const (
	months    = `(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?|dec(ember)?)`
	dateShape = `\d{1,2}[ /.-]\d{1,2}[ /.-](\d{4}|\d\d)|\d{4}[ /.-]\d{1,2}[ /.-]\d{1,2}|\d{8}|\d{1,2}(st|nd|rd|th)?[ -]?` + months + `[ ,-]{1,2}\d{4}|` + months + `[ -]\d{1,2}(st|nd|rd|th)?,? \d{4}`
)

// date reports whether the numbers can be of a day: in any order where there are three.
func date(s string) bool {
	var n []int
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		v, err := strconv.Atoi(f)
		if err != nil {
			return false
		}
		n = append(n, v)
	}
	switch {
	case len(n) == 1:
		return isDate(n[0]/10000, n[0]/100%100, n[0]%100) || isDate(n[0]%10000, n[0]/10000%100, n[0]/1000000)
	case len(n) == 2:
		return isDate(n[1], 1, n[0])
	case n[0] > 31:
		return isDate(n[0], n[1], n[2])
	}
	if n[2] < 100 {
		n[2] += 1900
	}
	return isDate(n[2], n[1], n[0])
}

// isDate takes day and month in either order.
func isDate(year, month, day int) bool {
	if month > 12 {
		month, day = day, month
	}
	return year >= 1880 && year < 2100 && month >= 1 && month <= 12 && day >= 1 && day <= 31
}

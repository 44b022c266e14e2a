package dataprotection

import "slices"

const accountWords = "account code, account number, accountno#, accountnumber#, bban, customer account id, customer account number, customer bank account id, iban, "

// ibanShape is the shape of a country's IBANs, with the body in one piece or in groups of four.
func ibanShape(country, body string) string { return country + `\d\d ?` + body }

// User Guide: "Financial information".
var financialSpecs = []spec{
	{name: "BankAccountNumber-DE", keywords: words(accountWords + "bankleitzahl, geheimzahl, kartennummer, kontonummer, kreditkartennummer, sepa"),
		shape: ibanShape("DE", `(\d{18}|\d{4} \d{4} \d{4} \d{4} \d\d)`) + `|\d{8}[ /]\d{10}`,
		valid: ibanOf("DE", 22, func(c string) bool { return len(c) == 18 && !same(c) })},
	{name: "BankAccountNumber-ES", keywords: words(accountWords + "código cuenta, código cuenta bancaria, cuenta cliente id, número cuenta bancaria cliente, número cuenta cliente"),
		shape: ibanShape("ES", `(\d{20}|\d{4} \d{4} \d{4} \d{4} \d{4})`) + `|\d{4}[ -]?\d{4}[ -]?\d{2}[ -]?\d{10}`, valid: ibanOf("ES", 24, ccc)},
	{name: "BankAccountNumber-FR", keywords: words(accountWords + "code bancaire, compte bancaire, numéro de compte"),
		shape: ibanShape("FR", `(\d{10}[A-Z0-9]{11}\d\d|\d{4} \d{4} \d\d[A-Z0-9]{2} [A-Z0-9]{4} [A-Z0-9]{4} [A-Z0-9]\d\d)`) + `|\d{5} ?\d{5} ?[A-Z0-9]{11} ?\d\d`, valid: ibanOf("FR", 27, rib)},
	{name: "BankAccountNumber-GB", keywords: words(accountWords + "sepa"),
		shape: ibanShape("GB", `([A-Z]{4}\d{14}|[A-Z]{4} \d{4} \d{4} \d{4} \d\d)`) + `|\d\d-\d\d-\d\d \d{8}|\d{8}`,
		valid: ibanOf("GB", 22, func(c string) bool { return !same(c) && c != "12345678" })},
	{name: "BankAccountNumber-IT", keywords: words(accountWords + "codice bancario, conto bancario, numero di conto"),
		shape: ibanShape("IT", `([A-Z]\d{10}[A-Z0-9]{12}|[A-Z]\d{3} \d{4} \d{3}[A-Z0-9] [A-Z0-9]{4} [A-Z0-9]{4} [A-Z0-9]{3})`), valid: ibanOf("IT", 27, nil)},
	{name: "BankAccountNumber-US", keywords: words("bank account, bank acct, checking account, checking acct, deposit account, deposit acct, savings account, savings acct, chequing account, chequing acct"),
		shape: `\d{6,17}`, valid: func(s string) bool { return !same(s) }},
	{name: "CreditCardExpiration", keywords: words("exp d, exp m, exp y, expiration, expiry"), shape: `(0[1-9]|1[0-2])( ?[/-] ?)(20\d\d|\d\d)|20\d\d[/-](0[1-9]|1[0-2])`},
	{name: "CreditCardMagneticStripe", keywords: words("card data, iso7813, mag, magstripe, stripe, swipe"), shape: `%?B\d{13,19}\^[A-Z0-9 ./'-]{2,26}\^\d{7,40}\??|;?\d{13,19}=\d{7,30}\??`, valid: stripe},
	{name: "CreditCardNumber", keywords: words(`account number, american express, amex, bank card, card, card number, card num, cc #, ccn, check card, credit, credit card#, dankort, debit, debit card,
		diners club, discover, electron, japanese card bureau, jcb, mastercard, mc, pan, payment account number, payment card number, pcn, union pay, visa`),
		shape: `\d{13,19}|\d{4}([ -])\d{4}([ -])\d{4}([ -])\d{1,4}|\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{4}[ -]\d{1,3}|\d{4}[ -]\d{6}[ -]\d{4,5}`, valid: card},
	{name: "CreditCardSecurityCode", keywords: words(`card id, card identification code, card identification number, card security code, card validation code, card validation number,
		card verification data, card verification value, cvc, cvc2, cvv, cvv2, elo verification code`), shape: `\d{3,4}`},
}

func stripe(s string) bool {
	s = s[:min(len(s), 24)]
	i := slices.IndexFunc([]byte(s), isDigit)
	n := i
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return luhn(s[i:n])
}

package dataprotection

const (
	englishLicence = `dl#, dl:, dl :, dlno#, driver licence, driver licences, driver license, driver licenses, driver permit, drivers lic., drivers licence, driver's licence, drivers licences,
		driver's licences, drivers license, driver's license, drivers licenses, driver's licenses, drivers permit, driver's permit, drivers permit number, driving licence, driving license,
		driving permit`
	germanLicence = "fuehrerschein, fuehrerschein-nr, fuehrerscheinnummer, fuhrerschein, führerschein, fuhrerschein-nr, führerschein-nr, fuhrerscheinnummer, führerscheinnummer"
)

// licenceSpecs are driver's licences. Most states have no check digits in theirs: the keyword decides. User Guide: "Keywords for driver's license identification numbers".
var licenceSpecs = []spec{
	{name: "DriversLicense-AT", keywords: words("führerschein, fuhrerschein, führerschein republik österreich, fuhrerschein republik osterreich"), shape: `\d{8}`},
	{name: "DriversLicense-AU", keywords: words(englishLicence), shape: `\d{6,10}|[A-Z]\d{5}|[A-Z0-9]{6}\d{3}`, valid: hasDigits(4)},
	{name: "DriversLicense-BE", keywords: words(germanLicence + ", numéro permis conduire, permis de conduire, rijbewijs, rijbewijsnummer"), shape: `\d{10}`},
	{name: "DriversLicense-BG", keywords: words("превозно средство, свидетелство за управление на моторно, свидетелство за управление на мпс, сумпс, шофьорска книжка"), shape: `\d{9}`},
	{name: "DriversLicense-CA", keywords: words(englishLicence + ", permis de conduire"), shape: `[A-Z]\d{4}-?\d{5}-?\d{5}|\d{5,9}|\d{6}-?\d{3}|[A-Z]{2}-?[A-Z]{2}-?[A-Z]{2}-?[A-Z]\d{3}[A-Z]{2}|[A-Z]\d{9,12}|[A-Z]\d{4}-?\d{6}-?\d{2}|[A-Z]{5}\d{9}`},
	{name: "DriversLicense-CY", keywords: words("άδεια οδήγησης"), shape: `\d{12}`},
	{name: "DriversLicense-CZ", keywords: words("číslo licence, císlo licence řidiče, číslo řidičského průkazu, ovladače lic., povolení k jízdě, povolení řidiče, řidiči povolení, řidičský prúkaz, řidičský průkaz"),
		shape: `[A-Z]{2} ?\d{6}`},
	{name: "DriversLicense-DE", keywords: words(germanLicence), shape: `[A-Z0-9]\d{2}[A-Z0-9]{6}\d[A-Z0-9]`},
	{name: "DriversLicense-DK", keywords: words("kørekort, kørekortnummer"), shape: `\d{8}`},
	{name: "DriversLicense-EE", keywords: words("juhi litsentsi number, juhiloa number, juhiluba, juhiluba number"), shape: `[A-Z]{2}\d{6}`},
	{name: "DriversLicense-ES", keywords: words(`carnet conducer, el carnet de conducer, licencia conducer, licencia de manejo, número carnet conducer, número de carnet de conducer,
		número de permiso conducer, número de permiso de conducer, número licencia conducer, número permiso conducer, permiso conducción, permiso conducer, permiso de conducción,
		permiso de conducir, carnet de conducir`), shape: `\d{8}-?[A-Z]`},
	{name: "DriversLicense-FI", keywords: words("ajokortin numero, ajokortti, förare lic., körkort, körkort nummer, kuljettaja lic., permis de conduire"), shape: `\d{6}[-+A]\d{3}[A-Z0-9]|\d{10}`},
	{name: "DriversLicense-FR", keywords: words("permis de conduire"), shape: `\d{2}[A-Z]{2}\d{5}|\d{12}`},
	{name: "DriversLicense-GB", keywords: words(englishLicence), shape: `[A-Z9]{5}[ -]?\d[0156]\d[0-3]\d{2}[ -]?[A-Z9]{2}\d[A-Z0-9]{2}([ -]?\d\d)?`},
	{name: "DriversLicense-GR", keywords: words("δεια οδήγησης, άδεια οδήγησης, adeia odigisis"), shape: `\d{9}`},
	{name: "DriversLicense-HR", keywords: words("vozačka dozvola"), shape: `\d{8}`},
	{name: "DriversLicense-HU", keywords: words("illesztőprogramok lic, jogosítvány, jogsi, licencszám, vezető engedély, vezetői engedély"), shape: `[A-Z]{2} ?\d{6}`},
	{name: "DriversLicense-IE", keywords: words("ceadúnas tiomána"), shape: `\d{9}|\d{3}-?\d{3}-?\d{3}`},
	{name: "DriversLicense-IT", keywords: words("patente di guida, patente di guida numero, patente guida, patente guida numero"), shape: `[A-Z]{2}\d{7}[A-Z]|U1[A-Z0-9]{7}[A-Z]`, valid: hasDigits(3)},
	{name: "DriversLicense-LT", keywords: words("vairuotojo pažymėjimas"), shape: `\d{8}`},
	{name: "DriversLicense-LU", keywords: words("fahrerlaubnis, führerschäin"), shape: `\d{6}`},
	{name: "DriversLicense-LV", keywords: words("autovadītāja apliecība, licences numurs, vadītāja apliecība, vadītāja apliecības numurs, vadītāja atļauja, vadītāja licences numurs, vadītāji lic."),
		shape: `[A-Z]{2,3}\d{6}`},
	{name: "DriversLicense-MT", keywords: words("liċenzja tas-sewqan"), shape: `[A-Z]{2}[ -]?\d{3}[ -]?\d{3}|\d{7}[A-Z]`},
	{name: "DriversLicense-NL", keywords: words("permis de conduire, rijbewijs, rijbewijsnummer"), shape: `\d{10}`},
	{name: "DriversLicense-PL", keywords: words("numer licencyjny, prawo jazdy, zezwolenie na prowadzenie"), shape: `\d{5}/\d{2}/\d{4}`},
	{name: "DriversLicense-PT", keywords: words(`carta de condução, carteira de habilitação, carteira de motorist, carteira habilitação, carteira motorist, licença condução, licença de condução,
		número de licença, número licença, permissão condução, permissão de condução`), shape: `[A-Z]{1,2}-?\d{5,7}( ?\d)?`},
	{name: "DriversLicense-RO", keywords: words("numărul permisului de conducere, permis de conducere"), shape: `[A-Z]\d{8}[A-Z]?|\d{9}`},
	{name: "DriversLicense-SE", keywords: words("ajokortin numero, dlno# ajokortti, drivere lic., förare lic., körkort, körkort nummer, körkortsnummer, kuljettajat lic."), shape: `\d{6}[-+]?\d{4}|\d{8}-?\d{4}`},
	{name: "DriversLicense-SI", keywords: words("vozniško dovoljenje"), shape: `\d{9}`},
	{name: "DriversLicense-SK", keywords: words("číslo licencie, číslo vodičského preukazu, ovládače lic., povolenia vodičov, povolenie jazdu, povolenie na jazdu, povolenie vodiča, vodičský preukaz"),
		shape: `[A-Z]\d{7}[A-Z]?|[A-Z]{2}\d{6}`},
	{name: "DriversLicense-US", keywords: words(englishLicence), shape: `\d{6,13}|[A-Z]\d{3,14}|[A-Z]{2}\d{3,7}|[A-Z]\d{3}-?\d{3}-?\d{2}-?\d{3}-?\d|[A-Z]\d{3}-?\d{4}-?\d{4}|[A-Z]\d{2}-?\d{2}-?\d{4}|` +
		`\d{3}[ -]\d{3}[ -]\d{3}|\d{2}[A-Z]{3}\d{5,6}|[A-Z]{3}\d{6}|\d{3}[A-Z]{2}\d{4}|\d{7}[A-Z]|[A-Z]\d{4}-?\d{5}-?\d{5}|[A-Z]{1,7}[A-Z0-9*]{1,4}\d{3}[A-Z0-9]{2}`, valid: hasDigits(4)},
}

// hasDigits refuses words.
func hasDigits(n int) func(string) bool {
	return func(s string) bool { return len(digitsOf(s)) >= n }
}

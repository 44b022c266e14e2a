package dataprotection

// User Guide: "Protected health information (PHI)".
var healthSpecs = []spec{
	{name: "DrugEnforcementAgencyNumber-US", keywords: words("dea number, dea registration"), shape: `[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}`, valid: dea},
	{name: "HealthInsuranceCardNumber-EU", keywords: words(`assicurazione sanitaria numero, carta assicurazione numero, carte d’assurance maladie, carte d'assurance maladie,
		carte européenne d'assurance maladie, ceam, ehic, ehic#, finlandehicnumber#, gesundheitskarte, hälsokort, health card, health card number, health insurance card,
		health insurance number, insurance card number, krankenversicherungskarte, krankenversicherungsnummer, medical account number, numero conto medico,
		numéro d’assurance maladie, numéro d'assurance maladie, numéro de carte d’assurance, numéro de carte d'assurance, numéro de compte medical, número de cuenta médica,
		número de seguro de salud, número de tarjeta de seguro, sairaanhoitokortin, sairausvakuutuskortti, sairausvakuutusnumero, sjukförsäkring nummer, sjukförsäkringskort,
		suomi ehic-numero, tarjeta de salud, terveyskortti, tessera sanitaria assicurazione numero, versicherungsnummer`), shape: `80[ -]?\d{3}[ -]?\d{5}[ -]?\d{10}|80\d{18}`},
	{name: "HealthInsuranceClaimNumber-US", keywords: words("health insurance claim number, hic no, hic no., hic number, hic#, hicn, hicn#, hicno#"),
		shape: `\d{3}-?\d{2}-?\d{4}-?[A-Z][A-Z0-9]?|[A-Z]{1,3}-?(\d{6}|\d{9})`},
	{name: "HealthInsuranceNumber-FR", keywords: words("carte d'assuré social, carte vitale, insurance card"), shape: inseeShape, valid: insee},
	{name: "HealthcareProcedureCode-US", keywords: words("current procedural terminology, hcpcs, healthcare common procedure coding system"), shape: `[A-V]\d{4}|\d{4}[A-Z0-9]`},
	{name: "MedicareBeneficiaryNumber-US", keywords: words("mbi, medicare beneficiary"),
		shape: `[1-9][AC-HJKMNPQRT-Y][0-9AC-HJKMNPQRT-Y]\d-?[AC-HJKMNPQRT-Y][0-9AC-HJKMNPQRT-Y]\d-?[AC-HJKMNPQRT-Y]{2}\d\d`},
	{name: "NationalDrugCode-US", keywords: words("national drug code, ndc"), shape: `\d{4}-\d{4}-\d{2}|\d{5}-\d{3}-\d{2}|\d{5}-\d{4}-\d{1,2}|\d{10,11}`},
	{name: "NationalInsuranceNumber-GB", keywords: words("insurance no., insurance number, insurance#, national insurance number, nationalinsurance#, nationalinsurancenumber, nin, nino"),
		shape: `[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z][ -]?\d\d[ -]?\d\d[ -]?\d\d[ -]?[A-D]`, valid: nino},
	{name: "NationalProviderId-US", keywords: words("hipaa, n.p.i., national provider, npi"), shape: `[12]\d{9}`, valid: npi},
	{name: "NhsNumber-GB", keywords: words("national health service, NHS"), shape: `\d{3}[ -]?\d{3}[ -]?\d{4}`, valid: nhs},
	{name: "PersonalHealthNumber-CA", keywords: words("canada healthcare number, msp number, care number, phn, soins de santé"), shape: `\d{4}[ -]?\d{3}[ -]?\d{3}|\d{5}-?\d{4}|\d{12}`, valid: phn},
}

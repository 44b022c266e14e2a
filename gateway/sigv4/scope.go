package sigv4

import "strings"

const expectCredential = `expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".`

// setCredential reads "key/date/region/service/aws4_request", which for ECDSA has no region.
func (s *Signed) setCredential(credential string) *Problem {
	parts := [6]string{}
	n, rest, more := 0, credential, len(credential) <= maxCredential
	for more && n < len(parts) {
		parts[n], rest, more = strings.Cut(rest, "/")
		n++
	}
	want := 5
	if s.Algorithm == ECDSA {
		want = 4
	}
	if n != want || parts[0] == "" {
		got := credential[:min(len(credential), maxCredential)]
		text := "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + got + "'"
		if s.Algorithm == ECDSA {
			text = "Credential must have exactly 4 slash-delimited elements, e.g. keyid/date/service/term, got '" + got + "'"
		}
		return s.badScope(IncompleteSignature, text, "the Credential is mal-formed; "+expectCredential)
	}
	terminator := parts[want-1]
	s.AccessKeyID, s.Date, s.Service = parts[0], parts[1], parts[want-2]
	if s.Algorithm == HMAC {
		s.Region = parts[2]
	}
	if terminator != "aws4_request" {
		return s.badScope(WrongScope, "Credential should be scoped with a valid terminator: 'aws4_request', not '"+terminator+"'.",
			`incorrect terminal "`+terminator+`". This endpoint uses "aws4_request".`)
	}
	if len(s.Date) != 8 || strings.Trim(s.Date, "0123456789") != "" {
		return s.badScope(WrongScope, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '"+s.Date+"'.",
			`incorrect date format "`+s.Date+`". This date in the credential must be in the format "yyyyMMdd".`)
	}
	return nil
}

func (s *Signed) wrongDate() *Problem {
	text := "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '" +
		s.Date + "' != '" + s.timestamp[:8] + "', from '" + s.timestamp + "'."
	if s.Form == Header {
		return s.badScope(WrongScope, text, "Invalid credential date. Date is not the same as X-Amz-Date.")
	}
	return s.badScope(WrongScope, text, `Invalid credential date "`+s.Date+`". This date is not the same as X-Amz-Date: "`+s.timestamp[:8]+`".`)
}

func (s *Signed) wrongRegion(region string) *Problem {
	got := s.Region
	if s.Algorithm == ECDSA {
		got = s.RegionSet
	}
	p := s.badScope(WrongScope, "Credential should be scoped to a valid region.", "the region '"+got+"' is wrong; expecting '"+region+"'")
	p.members = []Member{{"Region", region}}
	return p
}

func (s *Signed) wrongService(service string) *Problem {
	return s.badScope(WrongScope, "Credential should be scoped to correct service: '"+service+"'.",
		`incorrect service "`+s.Service+`". This endpoint belongs to "`+service+`".`)
}

// badScope words a defect of the credential; s3 continues S3's opening, which differs by form.
func (s *Signed) badScope(kind Kind, text, s3 string) *Problem {
	p := &Problem{Kind: kind, text: text, s3: answerS3{"AuthorizationHeaderMalformed", 400, "The authorization header is malformed; " + s3}}
	if s.Form != Header {
		p.s3.code, p.s3.text = "AuthorizationQueryParametersError", "Error parsing the X-Amz-Credential parameter; "+s3
	}
	return p
}

package sigv4

import "strings"

// Kind says why a request is refused.
type Kind uint8

// The kinds. InvalidClientTokenID, InvalidToken and ExpiredToken are found by the caller, who knows the keys and sessions.
const (
	MissingAuthenticationToken Kind = iota + 1
	IncompleteSignature             // header, query or credential malformed
	UnsupportedMechanism            // not Signature Version 4
	MultipleMechanisms              // header and query at once
	InvalidClientTokenID
	InvalidToken
	ExpiredToken
	SignatureDoesNotMatch
	WrongScope       // date, region or service of the credential
	HeadersNotSigned // a header that must be signed is not
	RequestTooSkewed // the clocks differ
	RequestExpired   // presigned and past its time
	RequestNotYetValid
	MissingContentSHA256
	InvalidContentSHA256
	ContentSHA256Mismatch
	MissingContentLength
	IncompleteBody
	InvalidChunkSize
	MalformedTrailer
)

// Family groups the protocols by how they name these errors.
type Family uint8

// The families.
const (
	FamilyQuery Family = iota // awsQuery
	FamilyEC2
	FamilyJSON // awsJson, rpcv2Cbor
	FamilyREST // restJson1, restXml except S3
	FamilyS3
)

// Problem is a refusal. It is an error, but functions return it as *Problem: take care not to store a nil one in an error.
type Problem struct {
	Kind Kind

	text    string // Query, EC2, JSON and REST families; "" means the kind's own
	s3      answerS3
	members []Member

	canonical, stringToSign string
}

// Member is a further element of an S3 error.
type Member struct{ Name, Value string }

// Answer is a Problem in the words of one family.
type Answer struct {
	Code    string
	Status  int
	Message string
	Members []Member // S3 only
}

type answerS3 struct {
	code   string
	status int
	text   string
}

// wording is how the families call a kind.
type wording struct {
	query string // code in the query family; JSON appends Exception unless json says otherwise
	json  string
	text  string
	fault int // status in the query and REST families; awsJson answers 400 always
	s3    answerS3
}

const (
	textMismatch   = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
	textMismatchS3 = "The request signature we calculated does not match the signature you provided. Check your key and signing method."
	textInvalid    = "The security token included in the request is invalid."
	textEC2        = "AWS was not able to validate the provided access credentials"
	textMechanism  = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256."
	textNotSigned  = "There were headers present in the request which were not signed"
	textSkewed     = "The difference between the request time and the current time is too large."
	textContentSHA = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD, STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD-TRAILER or a valid sha256 value."
	textTrailer    = "The request contained trailing data that was not well-formed or did not conform to our published schema."
)

func words(k Kind) wording {
	mismatch := wording{query: "SignatureDoesNotMatch", json: "InvalidSignatureException", text: textMismatch, fault: 403,
		s3: answerS3{"SignatureDoesNotMatch", 403, textMismatchS3}}
	switch k {
	case MissingAuthenticationToken:
		return wording{query: "MissingAuthenticationToken", text: "Request is missing Authentication Token", fault: 403, s3: answerS3{"AccessDenied", 403, "Access Denied"}}
	case IncompleteSignature:
		return wording{query: "IncompleteSignature", text: "The request signature does not conform to AWS standards.", fault: 400,
			s3: answerS3{"AuthorizationHeaderMalformed", 400, "The authorization header that you provided is not valid."}}
	case UnsupportedMechanism:
		return wording{query: "IncompleteSignature", text: textMechanism, fault: 400, s3: answerS3{"InvalidRequest", 400, textMechanism}}
	case MultipleMechanisms:
		const text = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified"
		return wording{query: "IncompleteSignature", text: text, fault: 400, s3: answerS3{"InvalidArgument", 400, text}}
	case InvalidClientTokenID:
		return wording{query: "InvalidClientTokenId", json: "UnrecognizedClientException", text: textInvalid, fault: 403,
			s3: answerS3{"InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."}}
	case InvalidToken:
		return wording{query: "InvalidClientTokenId", json: "UnrecognizedClientException", text: textInvalid, fault: 403,
			s3: answerS3{"InvalidToken", 400, "The provided token is malformed or otherwise invalid."}}
	case ExpiredToken:
		return wording{query: "ExpiredToken", text: "The security token included in the request is expired", fault: 403,
			s3: answerS3{"ExpiredToken", 400, "The provided token has expired."}}
	case HeadersNotSigned:
		mismatch.s3 = answerS3{"AccessDenied", 403, textNotSigned}
	case RequestTooSkewed:
		mismatch.s3 = answerS3{"RequestTimeTooSkewed", 403, textSkewed}
	case RequestExpired:
		mismatch.s3 = answerS3{"AccessDenied", 403, "Request has expired"}
	case RequestNotYetValid:
		mismatch.s3 = answerS3{"AccessDenied", 403, "Request is not yet valid"}
	case MissingContentSHA256:
		mismatch.s3 = answerS3{"InvalidRequest", 400, "Missing required header for this request: x-amz-content-sha256"}
	case InvalidContentSHA256:
		mismatch.s3 = answerS3{"InvalidArgument", 400, textContentSHA}
	case ContentSHA256Mismatch:
		mismatch.s3 = answerS3{"XAmzContentSHA256Mismatch", 400, "The provided 'x-amz-content-sha256' header does not match what was computed."}
	case MissingContentLength:
		mismatch.s3 = answerS3{"MissingContentLength", 411, "You must provide the Content-Length HTTP header."}
	case IncompleteBody:
		mismatch.s3 = answerS3{"IncompleteBody", 400, "The request body terminated unexpectedly"}
	case InvalidChunkSize:
		mismatch.s3 = answerS3{"InvalidChunkSizeError", 403, "Only the last chunk is allowed to have a size less than 8192 bytes"}
	case MalformedTrailer:
		mismatch.s3 = answerS3{"MalformedTrailerError", 400, textTrailer}
	}
	return mismatch
}

// In returns the problem in the words of the family.
func (p *Problem) In(f Family) Answer {
	w := words(p.Kind)
	if f == FamilyS3 {
		a := Answer{Code: w.s3.code, Status: w.s3.status, Message: w.s3.text, Members: p.members}
		if p.s3.code != "" {
			a.Code, a.Status = p.s3.code, p.s3.status
		}
		if p.s3.text != "" {
			a.Message = p.s3.text
		}
		return a
	}
	text := w.text
	if p.text != "" {
		text = p.text
	}
	switch f {
	case FamilyEC2:
		return p.inEC2(text)
	case FamilyQuery:
		return Answer{Code: w.query, Status: w.fault, Message: text}
	}
	if w.json == "" {
		w.json = w.query + "Exception"
	}
	if f == FamilyJSON {
		w.fault = 400
	}
	if p.Kind == MissingAuthenticationToken {
		text = "Missing Authentication Token"
	}
	if p.canonical != "" {
		text += "\n\nThe Canonical String for this request should have been\n'" + p.canonical +
			"'\n\nThe String-to-Sign should have been\n'" + p.stringToSign + "'\n"
	}
	return Answer{Code: w.json, Status: w.fault, Message: text}
}

// inEC2 words a problem as EC2 does: one code for nearly everything, and no reason for a mismatch.
func (p *Problem) inEC2(text string) Answer {
	switch p.Kind {
	case RequestTooSkewed, RequestExpired, RequestNotYetValid, ExpiredToken:
		return Answer{Code: "RequestExpired", Status: 400, Message: "Request has expired."}
	case MissingAuthenticationToken:
		return Answer{Code: "MissingAuthenticationToken", Status: 403, Message: text}
	case IncompleteSignature, UnsupportedMechanism, MultipleMechanisms, WrongScope, HeadersNotSigned:
		return Answer{Code: "AuthFailure", Status: 401, Message: text}
	}
	return Answer{Code: "AuthFailure", Status: 401, Message: textEC2}
}

// Error implements error, for logs.
func (p *Problem) Error() string {
	a := p.In(FamilyQuery)
	if p.Kind >= MissingContentSHA256 {
		a = p.In(FamilyS3)
	}
	return "sigv4: " + a.Code + ": " + strings.TrimSpace(a.Message)
}

// malformed is an IncompleteSignature with both wordings.
func malformed(text, s3code, s3text string) *Problem {
	return &Problem{Kind: IncompleteSignature, text: text, s3: answerS3{s3code, 400, s3text}}
}

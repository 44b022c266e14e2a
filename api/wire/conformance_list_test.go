package wire

// The cases of the protocol suites that say nothing about a server, with the reason. The suites test what clients send and how clients read; a case is
// here only when a server must behave otherwise, and the tests fail when a listed case would pass.
var notServerInput = map[string]string{
	"ec2/SDKAppliedContentEncoding_ec2Query":                           noBody,
	"ec2/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_ec2Query":        noBody,
	"json/SDKAppliedContentEncoding_awsJson1_1":                        noBody,
	"json/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_1":     noBody,
	"json_1_0/SDKAppliedContentEncoding_awsJson1_0":                    noBody,
	"json_1_0/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsJson1_0": noBody,
	"query/SDKAppliedContentEncoding_awsQuery":                         noBody,
	"query/SDKAppendsGzipAndIgnoresHttpProvidedEncoding_awsQuery":      noBody,
	"rest-json/SDKAppliedContentEncoding_restJson1":                    noBody,
	"rest-json/SDKAppendedGzipAfterProvidedEncoding_restJson1":         noBody,
	"rest-xml/SDKAppliedContentEncoding_restXml":                       noBody,
	"rest-xml/SDKAppendedGzipAfterProvidedEncoding_restXml":            noBody,

	"ec2/Ec2ProtocolIdempotencyTokenAutoFill":         filled,
	"query/QueryProtocolIdempotencyTokenAutoFill":     filled,
	"rest-json/RestJsonQueryIdempotencyTokenAutoFill": filled,
	"rest-xml/QueryIdempotencyTokenAutoFill":          filled,

	"ec2/Ec2EmptyQueryLists":                           notSent,
	"query/QueryEmptyQueryMaps":                        notSent,
	"rest-json/RestJsonHttpPrefixHeadersAreNotPresent": notSent,
	"rest-xml/HttpPrefixHeadersAreNotPresent":          notSent,
	"rest-json/RestJsonOmitsEmptyListQueryValues":      notSent,

	"rest-json/RestJsonHttpWithEmptyStructurePayload": emptyPayload,
	"rest-json/RestJsonHttpWithHeadersButNoPayload":   emptyPayload,

	"rest-json/RestJsonQueryPrecedence":                        allKeys,
	"rest-xml/RestXmlQueryPrecedence":                          allKeys,
	"rest-json/RestJsonQueryParamsStringListMap":               allKeys,
	"rest-xml/AllQueryStringTypes":                             allKeys,
	"rest-xml/RestXmlQueryStringEscaping":                      allKeys,
	"rest-xml/RestXmlSupportsNaNFloatQueryValues":              allKeys,
	"rest-xml/RestXmlSupportsInfinityFloatQueryValues":         allKeys,
	"rest-xml/RestXmlSupportsNegativeInfinityFloatQueryValues": allKeys,
	"rest-xml/RestXmlZeroAndFalseQueryValues":                  allKeys,
	"rest-xml/RestXmlQueryParamsStringListMap":                 allKeys,

	"rest-json/RestJsonHostWithPath": "the client's endpoint has a path of its own, which is not part of the API",
}

// The reasons that several cases share.
const (
	noBody        = "about the client's request compression: the case has parameters, but no body to read them from"
	filled        = "the client fills in an idempotency token that the parameters lack; to a server it is a token like any other"
	notSent       = "an empty list or map that the protocol does not send, so that a server cannot tell it from an absent one"
	allKeys       = "smithy.api#httpQueryParams: a client leaves out the keys that have members of their own, a server puts all keys into the map"
	offsets       = "clients must read times with an offset; this server writes UTC"
	otherName     = "clients must find an error's name in other places too; this server writes it where the protocol says"
	unknownMember = "clients must ignore members that the model does not have; a server sends none"
	nulls         = "clients must ignore nulls; a server leaves absent members out"
	emptyForms    = "one of several forms of an empty answer that clients must read; the server writes another, which is a case of the suite or of the protocol's text"
	length        = "Content-Length is net/http's to write"
	otherMessage  = "the body of the case has a message that its error does not have"
	emptyPayload  = "the client sends {} for an absent payload, which a server reads as an empty one"
)

var notServerOutput = map[string]string{
	"ec2/Ec2QueryDateTimeWithNegativeOffset":       offsets,
	"ec2/Ec2QueryDateTimeWithPositiveOffset":       offsets,
	"json/AwsJson11DateTimeWithNegativeOffset":     offsets,
	"json/AwsJson11DateTimeWithPositiveOffset":     offsets,
	"query/AwsQueryDateTimeWithNegativeOffset":     offsets,
	"query/AwsQueryDateTimeWithPositiveOffset":     offsets,
	"rest-json/RestJsonDateTimeWithNegativeOffset": offsets,
	"rest-json/RestJsonDateTimeWithPositiveOffset": offsets,
	"rest-xml/RestXmlDateTimeWithNegativeOffset":   offsets,
	"rest-xml/RestXmlDateTimeWithPositiveOffset":   offsets,

	"json/AwsJson11FooErrorUsingCode":                         otherName,
	"json/AwsJson11FooErrorUsingCodeAndNamespace":             otherName,
	"json/AwsJson11FooErrorUsingCodeUriAndNamespace":          otherName,
	"json_1_0/AwsJson10FooErrorUsingCode":                     otherName,
	"json_1_0/AwsJson10FooErrorUsingCodeAndNamespace":         otherName,
	"json_1_0/AwsJson10FooErrorUsingCodeUriAndNamespace":      otherName,
	"rest-json/RestJsonFooErrorUsingCode":                     otherName,
	"rest-json/RestJsonFooErrorUsingCodeAndNamespace":         otherName,
	"rest-json/RestJsonFooErrorUsingCodeUriAndNamespace":      otherName,
	"rest-json/RestJsonFooErrorWithDunderType":                otherName,
	"rest-json/RestJsonFooErrorWithDunderTypeAndNamespace":    otherName,
	"rest-json/RestJsonFooErrorWithDunderTypeUriAndNamespace": otherName,

	"json/AwsJson11DeserializeIgnoreType":                                      unknownMember,
	"json_1_0/AwsJson10DeserializeIgnoreType":                                  unknownMember,
	"rest-json/RestJsonDeserializeIgnoreType":                                  unknownMember,
	"json/handles_unexpected_json_output":                                      unknownMember,
	"json_1_0/AwsJson10HandlesUnexpectedJsonOutput":                            unknownMember,
	"rest-xml/InvalidGreetingError":                                            unknownMember,
	"smithy-rpc-v2-cbor/RpcV2CborExtraFieldsInTheBodyShouldBeSkippedByClients": unknownMember,
	"json/AwsJson11StructuresDontDeserializeNullValues":                        nulls,
	"json_1_0/AwsJson10DeserializeAllowNulls":                                  nulls,
	"rest-json/RestJsonDoesntDeserializeNullStructureValues":                   nulls,
	"rest-json/RestJsonDeserializesDenseSetMapAndSkipsNull":                    nulls,
	"smithy-rpc-v2-cbor/RpcV2CborDeserializesDenseSetMapAndSkipsNull":          nulls,
	"smithy-rpc-v2-cbor/RpcV2CborClientDoesntDeserializeNullStructureValues":   nulls,

	"json/json_1_1_service_responds_with_no_payload":             emptyForms,
	"json_1_0/AwsJson10ServiceRespondsWithNoPayload":             emptyForms,
	"rest-json/RestJsonEmptyInputAndEmptyOutputJsonObjectOutput": emptyForms,
	"rest-json/RestJsonGreetingWithErrors":                       emptyForms,
	"rest-json/RestJsonHttpResponseCode":                         emptyForms,
	"rest-json/RestJsonNoInputAndOutputNoPayload":                emptyForms,
	"rest-xml/RestXmlHttpResponseCode":                           emptyForms,
	"smithy-rpc-v2-cbor/empty_output_no_body":                    emptyForms,
	"smithy-rpc-v2-cbor/NoOutputClientAllowsEmptyCbor":           emptyForms,
	"smithy-rpc-v2-cbor/NoOutputClientAllowsEmptyBody":           emptyForms,
	"rest-json/RestJsonIgnoreQueryParamsInResponseNoPayload":     emptyForms,
	"rest-json/RestJsonHttpPayloadWithUnsetUnion":                length,
	"rest-xml/RestXmlHttpPayloadWithUnsetUnion":                  length,
	"smithy-rpc-v2-cbor/RpcV2CborPayloadWithUnsetUnion":          length,

	"ec2/Ec2ComplexError":    otherMessage,
	"rest-xml/ComplexError":  otherMessage,
	"json/AwsJson11IntEnums": "the case asks for X-Amz-Target, a header of requests, in the answer",
}

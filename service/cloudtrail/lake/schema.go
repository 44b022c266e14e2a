package lake

import "vauban/engine/sql"

// schema is what events look like to queries. CloudTrail User Guide: "CloudTrail Lake queries", supported event schemas.
func schema() []sql.Column {
	text, truth := &sql.Type{Kind: sql.Varchar}, &sql.Type{Kind: sql.Boolean}
	row := func(fields ...sql.Column) *sql.Type { return &sql.Type{Kind: sql.Row, Fields: fields} }
	texts := func(names ...string) (out []sql.Column) {
		for _, n := range names {
			out = append(out, sql.Column{Name: n, Type: text})
		}
		return out
	}
	object := &sql.Type{Kind: sql.Map, Elem: text}
	with := func(list []sql.Column, more ...sql.Column) []sql.Column { return append(list, more...) }

	session := row(
		sql.Column{Name: "attributes", Type: row(texts("creationDate", "mfaAuthenticated")...)},
		sql.Column{Name: "sessionIssuer", Type: row(texts("type", "principalId", "arn", "accountId", "userName")...)},
		sql.Column{Name: "webIdFederationData", Type: row(sql.Column{Name: "federatedProvider", Type: text}, sql.Column{Name: "attributes", Type: object})},
		sql.Column{Name: "sourceIdentity", Type: text},
		sql.Column{Name: "ec2RoleDelivery", Type: text},
		sql.Column{Name: "ec2IssuedInVpc", Type: text},
		sql.Column{Name: "assumedRoot", Type: text},
	)
	identity := row(with(texts("type", "principalId", "arn", "accountId", "accessKeyId", "userName"),
		sql.Column{Name: "sessionContext", Type: session}, sql.Column{Name: "invokedBy", Type: text}, sql.Column{Name: "identityProvider", Type: text}, sql.Column{Name: "credentialId", Type: text})...)
	resources := &sql.Type{Kind: sql.Array, Elem: row(texts("accountId", "type", "arn", "arnPrefix")...)}

	return with(texts("eventVersion"),
		sql.Column{Name: "userIdentity", Type: identity},
		sql.Column{Name: "eventTime", Type: &sql.Type{Kind: sql.Timestamp}},
		sql.Column{Name: "eventSource", Type: text},
		sql.Column{Name: "eventName", Type: text},
		sql.Column{Name: "awsRegion", Type: text},
		sql.Column{Name: "sourceIPAddress", Type: text},
		sql.Column{Name: "userAgent", Type: text},
		sql.Column{Name: "errorCode", Type: text},
		sql.Column{Name: "errorMessage", Type: text},
		sql.Column{Name: "requestParameters", Type: object},
		sql.Column{Name: "responseElements", Type: object},
		sql.Column{Name: "additionalEventData", Type: object},
		sql.Column{Name: "requestID", Type: text},
		sql.Column{Name: "eventID", Type: text},
		sql.Column{Name: "readOnly", Type: truth},
		sql.Column{Name: "resources", Type: resources},
		sql.Column{Name: "eventType", Type: text},
		sql.Column{Name: "apiVersion", Type: text},
		sql.Column{Name: "managementEvent", Type: truth},
		sql.Column{Name: "recipientAccountId", Type: text},
		sql.Column{Name: "sharedEventID", Type: text},
		sql.Column{Name: "vpcEndpointId", Type: text},
		sql.Column{Name: "vpcEndpointAccountId", Type: text},
		sql.Column{Name: "serviceEventDetails", Type: object},
		sql.Column{Name: "addendum", Type: object},
		sql.Column{Name: "insightDetails", Type: object},
		sql.Column{Name: "eventCategory", Type: text},
		sql.Column{Name: "tlsDetails", Type: row(texts("tlsVersion", "cipherSuite", "clientProvidedHostHeader")...)},
		sql.Column{Name: "sessionCredentialFromConsole", Type: text},
		sql.Column{Name: "eventJson", Type: text, Document: true},
	)
}

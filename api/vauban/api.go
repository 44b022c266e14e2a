// Package vauban is the wire of what no API of AWS answers: why somebody may do something, and what a policy would have changed. AWS has no
// model of it, so this one is written by hand, in the form of the generated ones. It has no behaviour. Start reading at [API].
package vauban

import (
	"reflect"

	"vauban/api/wire"
)

// API is the service with its operations.
var API = wire.NewService(&wire.Service{
	Name:           "vauban",
	SDKID:          "Vauban",
	EndpointPrefix: "vauban",
	SigningName:    "vauban",
	ARNNamespace:   "vauban",
	EventSource:    "vauban.amazonaws.com",
	Version:        "2026-01-01",
	TargetPrefix:   "Vauban_20260101",
	Namespace:      "com.amazonaws.vauban",
	Protocols:      []wire.Protocol{wire.AWSJSON11},
	Global:         true,
	Shapes:         shapes,
	Operations:     []*wire.Operation{OpExplainAccess, OpExplainEscalation, OpGetTreeHead, OpProveEvent, OpProveTreeGrowth, OpWhatIf},
})

// The operations.
var (
	OpExplainAccess = &wire.Operation{
		Name: "ExplainAccess", Method: "POST", URI: "/", Status: 200, ReadOnly: true,
		Input: reflect.TypeFor[ExplainAccessInput](), Output: reflect.TypeFor[ExplainAccessOutput](),
		Actions: []wire.Action{{Name: "vauban:ExplainAccess", Level: wire.LevelRead}},
		Errors:  []*wire.ErrorShape{AccessDeniedException, InvalidInputException, NoSuchEntityException},
	}
	OpWhatIf = &wire.Operation{
		Name: "WhatIf", Method: "POST", URI: "/", Status: 200, ReadOnly: true,
		Input: reflect.TypeFor[WhatIfInput](), Output: reflect.TypeFor[WhatIfOutput](),
		Actions:   []wire.Action{{Name: "vauban:WhatIf", Level: wire.LevelRead}},
		Errors:    []*wire.ErrorShape{AccessDeniedException, InvalidInputException, InvalidNextTokenException, MalformedPolicyDocumentException, NoSuchEntityException, ThrottlingException},
		Paginated: &wire.Pagination{InputToken: "NextToken", OutputToken: "NextToken", Items: "Changes", PageSize: "MaxResults"},
	}
)

// The modelled errors.
var (
	AccessDeniedException            = &wire.ErrorShape{Shape: "AccessDeniedException", Code: "AccessDeniedException", Status: 400, Text: "Message"}
	InvalidInputException            = &wire.ErrorShape{Shape: "InvalidInputException", Code: "InvalidInputException", Status: 400, Text: "Message"}
	InvalidNextTokenException        = &wire.ErrorShape{Shape: "InvalidNextTokenException", Code: "InvalidNextTokenException", Status: 400, Text: "Message"}
	MalformedPolicyDocumentException = &wire.ErrorShape{Shape: "MalformedPolicyDocumentException", Code: "MalformedPolicyDocumentException", Status: 400, Text: "Message"}
	NoSuchEntityException            = &wire.ErrorShape{Shape: "NoSuchEntityException", Code: "NoSuchEntityException", Status: 400, Text: "Message"}
	ThrottlingException              = &wire.ErrorShape{Shape: "ThrottlingException", Code: "ThrottlingException", Status: 400, Text: "Message"}
)

// shapes are sorted by name.
var shapes = []wire.Shape{
	{Name: "accountId", Pattern: `^\d{12}$`},
	{Name: "actionName", Length: "3:128", Pattern: `^[A-Za-z0-9-]+:[A-Za-z0-9]+$`},
	{Name: "contextEntries", Length: "0:100"},
	{Name: "contextKey", Length: "1:256"},
	{Name: "contextValue", Length: "0:2048"},
	{Name: "contextValues", Length: "0:100", ItemIs: "contextValue"},
	{Name: "eventId", Length: "1:128"},
	{Name: "maxRecords", Range: "1:20000"},
	{Name: "pageToken", Length: "1:4096"},
	{Name: "pathsPerPage", Range: "1:100"},
	{Name: "policyDocument", Length: "1:20480"},
	{Name: "policyName", Length: "1:2048"},
	{Name: "policyType", Enum: []string{"boundary", "identity", "rcp", "scp", "trust"}},
	{Name: "principalArn", Length: "1:2048"},
	{Name: "resourceName", Length: "1:2048"},
	{Name: "target", Length: "1:2048"},
	{Name: "treeSize", Range: "0:"},
}

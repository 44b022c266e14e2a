package vauban

import (
	"reflect"

	"vauban/api/wire"
)

// The operations about the Merkle tree over the event log.
var (
	OpGetTreeHead = &wire.Operation{
		Name: "GetTreeHead", Method: "POST", URI: "/", Status: 200, ReadOnly: true,
		Input: reflect.TypeFor[GetTreeHeadInput](), Output: reflect.TypeFor[GetTreeHeadOutput](),
		Actions: []wire.Action{{Name: "vauban:GetTreeHead", Level: wire.LevelRead}},
		Errors:  []*wire.ErrorShape{AccessDeniedException, LogTamperedException},
	}
	OpProveEvent = &wire.Operation{
		Name: "ProveEvent", Method: "POST", URI: "/", Status: 200, ReadOnly: true,
		Input: reflect.TypeFor[ProveEventInput](), Output: reflect.TypeFor[ProveEventOutput](),
		Actions: []wire.Action{{Name: "vauban:ProveEvent", Level: wire.LevelRead}},
		Errors:  []*wire.ErrorShape{AccessDeniedException, LogTamperedException, NoSuchEntityException, ThrottlingException},
	}
	OpProveTreeGrowth = &wire.Operation{
		Name: "ProveTreeGrowth", Method: "POST", URI: "/", Status: 200, ReadOnly: true,
		Input: reflect.TypeFor[ProveTreeGrowthInput](), Output: reflect.TypeFor[ProveTreeGrowthOutput](),
		Actions: []wire.Action{{Name: "vauban:ProveTreeGrowth", Level: wire.LevelRead}},
		Errors:  []*wire.ErrorShape{AccessDeniedException, InvalidInputException, LogTamperedException},
	}
)

// LogTamperedException: what is stored is not what was logged.
var LogTamperedException = &wire.ErrorShape{Shape: "LogTamperedException", Code: "LogTamperedException", Status: 500, Text: "Message", Fault: true}

// GetTreeHeadInput asks for the newest signed head of the log.
type GetTreeHeadInput struct{}

// GetTreeHeadOutput is a head. Kept elsewhere, it lets nobody change what was logged before without being noticed.
type GetTreeHeadOutput struct {
	SignedHead  *string // C2SP tlog-checkpoint
	TreeSize    *int64
	RootHash    *string // base64
	VerifierKey *string // public
}

// ProveEventInput asks for the proof that an event of the caller's account is in the log.
type ProveEventInput struct {
	EventId *string `api:",required,is=eventId"`
}

// ProveEventOutput is the record and its proof.
type ProveEventOutput struct {
	Record      *string // the CloudTrail record, exactly as it is stored and delivered
	Index       *int64
	LeafHash    *string // base64
	Proof       *string // C2SP tlog-proof: record, index, path and signed head
	TreeSize    *int64
	VerifierKey *string
}

// ProveTreeGrowthInput asks for the proof that the log begins with its first entries as they were.
type ProveTreeGrowthInput struct {
	TreeSize *int64 `api:",required,is=treeSize"` // of the earlier head
}

// ProveTreeGrowthOutput is the proof.
type ProveTreeGrowthOutput struct {
	Proof       *string // C2SP tlog-witness add-checkpoint: earlier size, path and signed head
	TreeSize    *int64
	VerifierKey *string
}

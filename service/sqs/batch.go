package sqs

import (
	"regexp"

	api "vauban/api/sqs"
	"vauban/api/wire"
)

// maxBatch is the number of entries in a batch.
const maxBatch = 10

var entryID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkBatch refuses a batch that is wrong as a whole.
func checkBatch[E any](entries []E, id func(*E) *string) error {
	switch {
	case len(entries) == 0:
		return api.EmptyBatchRequest.New("There should be at least one %s in the request.", kindOf[E]())
	case len(entries) > maxBatch:
		return api.TooManyEntriesInBatchRequest.New("Maximum number of entries per request are %d. You have sent %d.", maxBatch, len(entries))
	}
	ids := map[string]bool{}
	for i := range entries {
		name := wire.Text(id(&entries[i]))
		if !entryID.MatchString(name) {
			return api.InvalidBatchEntryId.New("A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.")
		}
		if ids[name] {
			return api.BatchEntryIdsNotDistinct.New("Id %s repeated.", name)
		}
		ids[name] = true
	}
	return nil
}

// kindOf names the entries as AWS does.
func kindOf[E any]() string {
	switch any(*new(E)).(type) {
	case api.SendMessageBatchRequestEntry:
		return "SendMessageBatchRequestEntry"
	case api.DeleteMessageBatchRequestEntry:
		return "DeleteMessageBatchRequestEntry"
	}
	return "ChangeMessageVisibilityBatchRequestEntry"
}

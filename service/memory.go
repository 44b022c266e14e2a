package service

import "vauban/store"

// Memory keeps what services work out of documents, so that calls which come often need no snapshot of the store. It follows the change feed: what it
// gives is as fresh as permissions are, which are decided from the same memory. The tables of the documents must be cached ones.
type Memory interface {
	// Recall returns the value of that kind and ID, which fn makes when it is not in memory. fn must read with Get only, and its value, which many
	// calls share, must depend on nothing but what it read. What fn answers with an error is not kept. In a transaction, fn reads through that, and
	// memory has no part in it.
	Recall(c *Call, kind, id string, fn func(store.Tx) (any, error)) (any, error)
}

package all

import "vauban/store"

// Versioned are the tables whose documents have a version other than 0, which none has yet. A table that gets one is named here: the server does not start on
// documents of versions that this list does not know, and brings the older ones to this program's. See package store, "Versions of documents".
func Versioned() []store.Schema { return nil }

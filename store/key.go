package store

// Key is an order-preserving tuple encoding: comparing Keys as bytes compares the tuples part by part,
// and a Key is a prefix of another exactly when its tuple is.
type Key []byte

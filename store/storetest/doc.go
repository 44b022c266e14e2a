// Package storetest proves that a driver of the store keeps the contract: [Run] for one handle, [RunShared] for two
// handles on the same data, [Crash] for what survives kill -9. [Postgres] starts a private server for tests, and
// [Killed] a child that is killed.
//
// Only tests import this package. It must use the store through its exported contract alone.
package storetest

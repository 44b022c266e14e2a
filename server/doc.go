// Package server assembles one replica from one [Config]: store, seal, log, picture of permissions, services, gateway, listeners and
// background jobs, in that order, and takes them down in the reverse one. It holds no behaviour of any service.
//
// Start reading at [Start].
package server

// Package service is what the services and the gateway share: the [Call] that a handler gets, the [Caller] who makes it, the rows
// of the operation table ([Reads], [Writes], [Acts]) and the [Question]s that must be allowed before a handler runs.
//
// It holds no behaviour of any service. A service is a package below this one; they never import each other, but act on each other
// through the [Door]. Start reading at [Row].
package service

// Package gateway is the one door. Every request to every service passes the same steps, one file each, in this order:
//
//	limit → route → authenticate → decode → authorize → handle → record → encode
//
// Services act on each other through the same steps without a signature: see [Gateway.Call] in door.go. There is no way to a
// handler around this package, and it holds no behaviour of any service.
//
// Start reading at [Gateway.ServeHTTP].
package gateway

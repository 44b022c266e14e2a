// Package web is the HTTP client for endpoints that customers name: subscriptions of topics, API destinations. Such an address is hostile until
// shown otherwise: it may name this host, a neighbour behind the firewall or a cloud's metadata service, at once or after its DNS changes. So the
// address is judged when the connection is made (address.go), after names are resolved; no redirect is followed, so that neither a signature nor
// a credential goes where nobody sent it; no proxy of the environment stands between.
//
// Start reading at client.go. Partners that the operator names (mail server, SMS gateway) are not its business.
package web

// Package smpp sends texts to a short message centre, or to a provider that speaks like one, over SMPP 3.4: one bound connection with a window of
// requests, kept alive by enquire_link, made again after it broke, no sooner than its backoff says. Texts are cut into parts by engine/sms.
//
// A centre that throttles is waited for, a while; what it says of the message itself (number, sender, length) is for good; everything else, the
// password included, may be mended by somebody and is tried again. A connection that breaks between a request and its answer leaves open whether the
// centre has the message: the caller sends again, and the phone may show it twice.
//
// Start reading at sender.go; link.go is one connection, config.go what an SMS URL may hold.
package smpp

// Package vauban is what no API of AWS answers: [Service.explainAccess] says whether a principal may do something and shows every policy,
// statement and condition that took part; whatIf says which recorded calls a policy would have decided otherwise.
//
// [Service.explainEscalation] finds the paths by which somebody could gain more power than it was given, and what cuts them: engine/policy/escalation searches
// the world that package service/all gives. The account that manages an organization sees the paths across its accounts, up to a hundred of them; one
// search or replay runs at a time, and a search ends after half a million questions to the engine, which the answer then says.
//
// It decides nothing: package access puts the question together exactly as it does for a call, and engine/policy answers. The answers are
// about the caller's own account; the management account of an organization may also ask about its members. Calls are authorised
// under the prefix vauban, so that AdministratorAccess covers them, and recorded like all others.
//
// Of a principal that is not calling, the connection and the session are unknown: aws:SourceIp, aws:SecureTransport,
// aws:MultiFactorAuthPresent and the like are absent unless the request gives them, and are named among the missing keys when a statement asks
// for them. Keys that a service takes from its request, such as iam:PolicyARN, must be given too.
//
// Start reading at [Service.Operations].
package vauban

// Package analysis decides questions about all requests at once: does one policy grant anything that another does not, does it grant
// some access, does it let anybody in?
//
// A check looks for one request that shows the contrary. Actions come from the catalogue, sorted into classes that the statements do not
// tell apart; principals are those that the policies name and somebody else of each kind; condition keys hold one value of each sort
// that the conditions tell apart (texts are found by automata, numbers, dates and addresses by their bounds); resources are found by
// a walk over the wildcards of all statements side by side. What is found is handed to the concrete engine, vauban/engine/policy, and
// only if that agrees the check fails: every failure carries a request that can be tried.
//
// If nothing is found the check passes, provided that nothing was left out. Where something was (variables that relate keys to each
// other, comparisons of different kinds on one key, a bound on the work), what was left out is taken to be as bad as it can be, and if
// that makes a difference the verdict is [CannotTell] with the reason, never [Pass].
//
// The world is wider than reality in some corners, so that a check may fail for a request that no client can make: keys that depend on
// the resource, the request's tags and the caller's organization are taken to be independent of each other. A policy lives in one
// partition: only those that the policies name exist, or aws when they name none.
//
// Start reading at [NoNewAccess] and search.go. AWS documentation: "Validate policies with IAM Access Analyzer custom policy checks",
// "Findings for external and unused access".
package analysis

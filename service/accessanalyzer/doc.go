// Package accessanalyzer is IAM Access Analyzer: it checks policies before they are used, finds who outside a zone of trust is let in and
// which granted access nobody uses, and writes policies from what the log has seen.
//
// What it says is derived: from the trust policies of roles and the policies, keys and passwords of users and roles as they are, and from
// the log. The decisions are engine/policy/analysis's and engine/policy/lint's. Findings are brought up to date after every change that
// the log shows (consume.go) and before every answer (refresh.go), so that they are never older than the call that asks.
//
// Start reading at [Service.Operations], then refresh.go.
//
// Differences from AWS: the reasons of failed checks add an example, a request that shows the access; a check that cannot be decided
// answers UnprocessableEntityException with the reason, where AWS says FAIL; a policy that cannot be analysed gives a finding with an
// error and no principal. Findings appear at once. Policies are generated from the event history, whichever trail a request names, and
// at once; includeServiceLevelTemplate changes nothing, because the use of every action is known. External access is judged by the policy of
// the resource alone, without the resource control policies above it; unused access without boundaries. No service-linked role is made or needed. An organization's analyzer is disabled with the reason ORGANIZATION_DELETED also when
// the account only ceased to be a delegated administrator. Analyzers of internal access, access previews, service-linked analyzers and recommendations are not built. Roles, buckets
// and KMS keys are analysed; grants of keys are not. Where RestrictPublicBuckets is on, a public policy of a bucket counts as none.
package accessanalyzer

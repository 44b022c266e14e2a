// Package lint finds in a policy what AWS IAM Access Analyzer's ValidatePolicy finds: errors, security warnings, warnings and suggestions,
// with AWS's issue codes and words, and the place of each in the text.
//
// It reads text and a catalogue of actions, nothing else; it decides nothing and stores nothing. What IAM itself refuses to store, and in
// which words, is package policy's question. Start reading at [Check]; the checks of a statement are listed in statementChecks, one file
// a family; issue.go has all codes and texts.
//
// The source is the IAM User Guide's "IAM policy validation check reference". Where that page leaves open when a check applies, the
// comment at the check says how it is read here. Not built:
//
//   - CONFIRM_AUDIENCE_CLAIM_TYPE: the page does not say when.
//   - SCP_SYNTAX_ERROR_ACTION_WILDCARD: since September 2025 service control policies take wildcards anywhere in an action.
//   - Of VARIABLE_USAGE_TOO_PERMISSIVE and WILDCARD_USAGE_TOO_PERMISSIVE the text about six characters before the wildcard, since the page does not say
//     for which keys; the texts about sensitive keys and aws:userid are built.
//   - Of JSON_SYNTAX_ERROR the text without a position: there always is one.
//
// Where it differs from AWS: which regions a service is in is not known, so that INVALID_ARN_REGION reports names that no region has. Whether a
// key that is only known to be a String may hold something else is left open, so that TYPE_MISMATCH is reported less often. Duplicate names
// in an object and nesting beyond what any policy needs are reported as JSON_SYNTAX_ERROR. A policy has at most 1,000 findings, and the
// comparisons behind redundancy and "did you mean" stop after a fixed effort, so that a hostile policy costs no more than a large one.
package lint

// Package cases decides questions that carry everything they need: one JSON question in, one JSON answer out. It is for policy tests
// without a server, in anybody's continuous integration; the decisions are those of package policy, the ones that a server makes.
//
// It reads no files and knows no store. What a question does not say is not guessed: a condition key that is absent is absent, the
// clock's too. Only what follows from the principal itself is filled in where the question is silent: aws:PrincipalArn,
// aws:PrincipalAccount, aws:PrincipalType, aws:username, aws:PrincipalIsAWSService, aws:PrincipalServiceName and aws:ResourceAccount.
//
// Start reading at [Reader.Answer]; [Question] is the format.
package cases

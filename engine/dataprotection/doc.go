// Package dataprotection finds sensitive data in text, as AWS's managed data identifiers and custom ones name it, and reads data protection policies. It knows no
// service: CloudWatch Logs and SNS stand on it.
//
// Start reading at detector.go. managed.go and what it names say what each identifier looks like: a shape (shape.go makes one automaton of all shapes), check digits
// (digits.go), and keywords of which one must be near (keyword.go finds all in one pass). What is no token has a scanner: email.go, address.go, name.go, secret.go. policy.go
// reads the document of a policy.
//
// The time to look through a text is linear in it, whatever the text is: shapes have bounded lengths, and nothing goes back.
//
// # Differences from AWS
//
// AWS does not publish its patterns, and says that it learns some of them by machine. What is here follows what issuers publish about their numbers, with the keywords of
// AWS's User Guide. A keyword counts as a word of its own, also in camelCase, within 30 characters before or behind the data. Name and Address know the most usual forms only.
package dataprotection

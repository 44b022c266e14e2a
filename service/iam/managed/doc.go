// Package managed holds the AWS managed policies that every account has: their names, paths and ARNs are AWS's, so that what names them,
// from Terraform to the console, works unchanged.
//
// The documents are our own. Each grants what AWS's documentation says that the policy is for, in actions of the Service
// Authorization Reference; they are not copies of AWS's, and differ in detail. Versions, dates and IDs are those of the documents here. Two
// rules hold for all of them, and are tested: every action exists, and a policy that is called read-only grants no action that writes,
// tags or manages permissions, and none that hands out secrets or credentials.
//
// A document that changes gets the next version and a new Updated in index.tsv; a document never moves to another path. The package
// holds data only: who uses a policy is package iam's to know. Start reading at [ByARN].
package managed

// Package organizations is AWS Organizations: roots, organizational units, accounts and the policies that hold for all below a node. The
// account itself, with its principals, is IAM's: see [Accounts].
//
// One file per resource holds its document, its table and its operations; service.go is the table of all operations. visit.go says whose
// account may call an operation at all, authz.go which resources it acts on; source.go gives package access what limits an account. Start
// reading at node.go.
package organizations

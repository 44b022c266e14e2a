// Package organizations is AWS Organizations: roots, organizational units, accounts and the policies that hold for all below a node. The
// account itself, with its principals, is IAM's: see [Accounts].
//
// One file per resource holds its document, its table and its operations; service.go is the table of all operations. visit.go says whose
// account may call an operation at all, authz.go which resources it acts on; source.go gives package access what limits an account. Start
// reading at node.go.
//
// What is attached, moved or closed counts on the very next call, where AWS needs seconds. SCPs and RCPs are enforced by package access. Management
// policies are checked for their operators and their first key, and merged (engine/inherit); nothing here acts on them yet, and their further
// syntax is not checked.
//
// Limits are AWS's: 2,000 units, five levels of them; ten SCPs of 10,240 characters, five RCPs of 5,120 at a node; never less than one SCP;
// 20 invitations a day, which wait 15 days; a tenth of the members, at least ten, closed in 30 days. But 10,000 accounts from the start, because
// there is nobody to ask for more.
//
// Other differences from AWS. CreateAccount has succeeded, or failed, when it answers: its state is never IN_PROGRESS, and IamUserAccessToBilling
// says nothing, because there is no billing. An account may leave at once: AWS's conditions are about paying. Leaving keeps the role through
// which it was administered, as in AWS. A closed account stays in the listings, SUSPENDED, until it is removed. The account of the first start has no
// address and gets one at which nobody can be written to. Only accounts of this deployment can be invited, and nobody is written to. A principal
// of the resource policy is a whole account, or a user or role by its ARN, whoever bears it now. A service may have any number of
// delegated administrators; the services that work with Organizations are listed in integrated.txt, and trusted access has an effect for IAM's
// central root access. Responsibility transfers and GovCloud accounts are refused: they are about bills and another partition. The code of an
// effective policy's fault is our own.
package organizations

package escalation

// growRows change what a principal may do who is in hand already. AWS documentation: "Managing IAM policies", "Permissions boundaries for
// IAM entities".
func growRows() []Row {
	return []Row{
		{Needs: need("iam:CreatePolicyVersion object"), Kind: Grow, Effect: Everything, Object: OnPolicy, Where: where(RoomForVersion),
			Text: "a new default version of a policy that counts for the principal allows everything"},
		{Needs: need("iam:DeletePolicyVersion object", "iam:CreatePolicyVersion object"), Kind: Grow, Effect: Everything, Object: OnPolicy, Where: where(VersionsFull),
			Text: "one of the five versions makes room for a new default version that allows everything"},
		{Needs: need("iam:SetDefaultPolicyVersion object"), Kind: Grow, Effect: Swapped, Object: OnPolicy,
			Text: "another version of a policy that counts for the principal is made the default"},
		{Needs: need("iam:AttachUserPolicy target"), Kind: Grow, Effect: Everything, Object: OnUser, Where: where(RoomToAttach),
			Text: "a policy that allows everything is attached to the user"},
		{Needs: need("iam:AttachGroupPolicy object"), Kind: Grow, Effect: Everything, Object: OnGroup, Where: where(RoomToAttach),
			Text: "a policy that allows everything is attached to a group of the user"},
		{Needs: need("iam:AttachRolePolicy target"), Kind: Grow, Effect: Everything, Object: OnRole, Where: where(RoomToAttach, Mutable),
			Text: "a policy that allows everything is attached to the role"},
		{Needs: need("iam:PutUserPolicy target"), Kind: Grow, Effect: Everything, Object: OnUser,
			Text: "an inline policy that allows everything is put on the user"},
		{Needs: need("iam:PutGroupPolicy object"), Kind: Grow, Effect: Everything, Object: OnGroup,
			Text: "an inline policy that allows everything is put on a group of the user"},
		{Needs: need("iam:PutRolePolicy target"), Kind: Grow, Effect: Everything, Object: OnRole, Where: where(Mutable),
			Text: "an inline policy that allows everything is put on the role"},
		{Needs: need("iam:AddUserToGroup object"), Kind: Grow, Effect: Joined, Object: OnOther, Where: where(RoomForGroup),
			Text: "the user joins a group and gets its policies"},
		{Needs: need("iam:DeleteUserPermissionsBoundary target"), Kind: Grow, Effect: Unbound, Object: OnUser, Where: where(HasBoundary),
			Text: "the user's permissions boundary is removed"},
		{Needs: need("iam:DeleteRolePermissionsBoundary target"), Kind: Grow, Effect: Unbound, Object: OnRole, Where: where(HasBoundary, Mutable),
			Text: "the role's permissions boundary is removed"},
		{Needs: need("iam:PutUserPermissionsBoundary target"), Kind: Grow, Effect: Unbound, Object: OnUser, Where: where(HasBoundary),
			Text: "the user's permissions boundary is replaced by a policy that allows everything"},
		{Needs: need("iam:PutRolePermissionsBoundary target"), Kind: Grow, Effect: Unbound, Object: OnRole, Where: where(HasBoundary, Mutable),
			Text: "the role's permissions boundary is replaced by a policy that allows everything"},
		{Name: "iam:CreatePolicyVersion of the boundary", Needs: need("iam:CreatePolicyVersion object"), Kind: Grow, Effect: Unbound, Object: OnBoundary, Where: where(RoomForVersion),
			Text: "a new default version of the policy that is the boundary allows everything"},
		{Needs: need("iam:DetachUserPolicy target"), Kind: Grow, Effect: Shed, Object: OnDenial, Where: where(IsAttached),
			Text: "a policy that denies is detached from the user"},
		{Needs: need("iam:DetachRolePolicy target"), Kind: Grow, Effect: Shed, Object: OnDenial, Where: where(IsAttached, Mutable),
			Text: "a policy that denies is detached from the role"},
		{Needs: need("iam:DeleteUserPolicy target"), Kind: Grow, Effect: Shed, Object: OnDenial, Where: where(IsInline),
			Text: "an inline policy that denies is deleted from the user"},
		{Needs: need("iam:DeleteRolePolicy target"), Kind: Grow, Effect: Shed, Object: OnDenial, Where: where(IsInline, Mutable),
			Text: "an inline policy that denies is deleted from the role"},
	}
}

// becomeRows get credentials of another principal. AWS documentation: "Managing access keys for IAM users", "Manage passwords for IAM
// users", "Using IAM roles".
func becomeRows() []Row {
	return []Row{
		{Needs: need("sts:AssumeRole target"), Kind: Become, Object: OnRole,
			Text: "the role's trust policy lets the principal assume it"},
		{Needs: need("iam:UpdateAssumeRolePolicy target", "sts:AssumeRole target"), Kind: Become, Object: OnRole, Where: where(Mutable),
			Text: "the role's trust policy is changed to name the principal, who then assumes the role"},
		{Needs: need("iam:CreateAccessKey target"), Kind: Become, Object: OnUser, Where: where(RoomForKey),
			Text: "a new access key of the user"},
		{Needs: need("iam:DeleteAccessKey target", "iam:CreateAccessKey target"), Kind: Become, Object: OnUser, Where: where(KeysFull),
			Text: "one of the user's two access keys makes room for a new one"},
		{Needs: need("iam:CreateLoginProfile target"), Kind: Become, Object: OnUser, Where: where(NoLoginProfile, NoMFA),
			Text: "a password for a user that had none"},
		{Needs: need("iam:DeactivateMFADevice target", "iam:CreateLoginProfile target"), Kind: Become, Object: OnUser, Where: where(NoLoginProfile, HasMFA),
			Text: "the user's MFA device is deactivated, and a password set for a user that had none"},
		{Needs: need("iam:UpdateLoginProfile target"), Kind: Become, Object: OnUser, Where: where(HasLoginProfile, NoMFA),
			Text: "a new password of a user without MFA"},
		{Needs: need("iam:DeactivateMFADevice target", "iam:UpdateLoginProfile target"), Kind: Become, Object: OnUser, Where: where(HasLoginProfile, HasMFA),
			Text: "the user's MFA device is deactivated, and its password set"},
	}
}

const (
	newUser = "arn:aws:iam::{account}:user/{name}"
	newRole = "arn:aws:iam::{account}:role/{name}"
)

// mintRows make a principal that has no boundary and allow it everything.
func mintRows() []Row {
	return []Row{
		{Needs: need("iam:CreateUser "+newUser, "iam:AttachUserPolicy "+newUser, "iam:CreateAccessKey "+newUser), Kind: Mint, Object: OnUser,
			Text: "a new user with an access key and a policy that allows everything"},
		{Needs: need("iam:CreateUser "+newUser, "iam:PutUserPolicy "+newUser, "iam:CreateAccessKey "+newUser), Kind: Mint, Object: OnUser,
			Text: "a new user with an access key and an inline policy that allows everything"},
		{Needs: need("iam:CreateUser "+newUser, "iam:AttachUserPolicy "+newUser, "iam:CreateLoginProfile "+newUser), Kind: Mint, Object: OnUser,
			Text: "a new user with a password and a policy that allows everything"},
		{Needs: need("iam:CreateRole "+newRole, "iam:AttachRolePolicy "+newRole), Kind: Mint, Object: OnRole,
			Text: "a new role that trusts the principal, with a policy that allows everything"},
		{Needs: need("iam:CreateRole "+newRole, "iam:PutRolePolicy "+newRole), Kind: Mint, Object: OnRole,
			Text: "a new role that trusts the principal, with an inline policy that allows everything"},
	}
}

func where(list ...Prerequisite) []Prerequisite { return list }

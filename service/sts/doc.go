// Package sts is the AWS Security Token Service: temporary credentials for users, roles and federated users, and what tells about
// credentials and refusals.
//
// It stores nothing. A session is sealed inside its token, with everything that its later calls are judged by; it ends with its time,
// or with the principal behind it. Users, roles, MFA devices and policies are IAM's: package service/all hands them over as [Identities].
// Whether a role may be assumed is decided by the gateway from the questions that assumerole_questions.go asks, with the role's trust
// policy as the policy of the resource; nothing is decided here.
//
// The version of tokens that iam:SetSecurityTokenServicePreferences chooses counts for requests to the host sts.amazonaws.com, as in AWS: that of the
// account whose credentials are made. All other addresses give tokens that are valid in every region that is enabled.
//
// DecodeAuthorizationMessage shows AWS's document with one member more, decidedBy: for each statement that refused, or layer that did not allow, its
// layer, the level of the organization, the policy, and the index, line and column in it. Session policies are kept without white space, so that their
// positions are of that text. Of the policies of a resource outside of the caller's account and organization only the layer is told. Conditions
// holds every key that the decision saw, unless the message would become longer than 6 KiB: then it holds none.
//
// Not built: AssumeRoleWithSAML and AssumeRoleWithWebIdentity. Different from AWS: PackedPolicySize measures a packed form of our
// own, because AWS does not tell its; and STS answers alike for a role that does not exist and for one that does not trust the caller, as AWS does, but
// counts MFA codes of both as attempts.
//
// Start reading at [Service.Operations], then assumerole.go.
package sts

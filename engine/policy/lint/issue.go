package lint

// issue is a check as AWS documents it: the type of its findings and their text. A check that has several texts has entries with a word after
// the code.
type issue struct {
	typ  Type
	text string
}

// issues are all checks that are built. IAM User Guide: "IAM policy validation check reference".
func issues() map[string]issue {
	m := make(map[string]issue, 160)
	for typ, texts := range map[Type]map[string]string{Error: errorTexts(), Warning: warningTexts(), SecurityWarning: securityTexts(), Suggestion: suggestionTexts()} {
		for code, text := range texts {
			m[code] = issue{typ, text}
		}
	}
	return m
}

func errorTexts() map[string]string {
	const permissive = ". We consider the key to be sensitive and "
	const list = " Refer to https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html for the list of sensitive keys."
	return map[string]string{
		"ARN_ACCOUNT_NOT_ALLOWED":                                 "The service %s does not support specifying an account ID in the resource ARN.",
		"ARN_REGION_NOT_ALLOWED":                                  "The service %s does not support specifying a Region in the resource ARN.",
		"DATA_TYPE_MISMATCH":                                      "The text does not match the expected JSON data type %s.",
		"DUPLICATE_KEYS_WITH_DIFFERENT_CASE":                      "The condition key %s appears more than once with different capitalization in the same condition block. Remove the duplicate condition keys.",
		"INVALID_ACTION":                                          "The action %s does not exist.%s",
		"INVALID_ARN_ACCOUNT":                                     "The resource ARN account ID %s is not valid. Provide a 12-digit account ID.",
		"INVALID_ARN_PREFIX":                                      "Add the required prefix (arn) to the resource ARN.",
		"INVALID_ARN_REGION":                                      "The Region %s is not valid for this resource. Update the resource ARN to include a supported Region.",
		"INVALID_ARN_RESOURCE":                                    "Resource ARN does not match the expected ARN format. Update the resource portion of the ARN.",
		"INVALID_ARN_SERVICE_CASE":                                "Update the service name %s in the resource ARN to use all lowercase letters.",
		"INVALID_CONDITION_DATA_TYPE":                             "The condition value data types do not match. Use condition values of the same JSON data type.",
		"INVALID_CONDITION_KEY_FORMAT":                            "The condition key format is not valid. Use the format service:keyname.",
		"INVALID_CONDITION_MULTIPLE_BOOLEAN":                      "The condition key does not support multiple Boolean values. Use a single Boolean value.",
		"INVALID_CONDITION_OPERATOR":                              "The condition operator %s is not valid. Use a valid condition operator.",
		"INVALID_EFFECT":                                          "The effect %s is not valid. Use Allow or Deny.",
		"INVALID_GLOBAL_CONDITION_KEY":                            "The condition key %s does not exist. Use a valid condition key.",
		"INVALID_PARTITION":                                       "The resource ARN for the service %s does not support the partition %s. Use the supported values: %s",
		"INVALID_POLICY_ELEMENT":                                  "The policy element %s is not valid.",
		"INVALID_PRINCIPAL_FORMAT":                                "The Principal element contents are not valid. Specify a key-value pair in the Principal element.",
		"INVALID_PRINCIPAL_KEY":                                   "The principal key %s is not valid.",
		"INVALID_REGION":                                          "The Region %s is not valid. Update the condition value to a supported Region.",
		"INVALID_SERVICE":                                         "The service %s does not exist. Use a valid service name.",
		"INVALID_SERVICE_CONDITION_KEY":                           "The condition key %s does not exist in the service %s. Use a valid condition key.",
		"INVALID_SERVICE_IN_ACTION":                               "The service %s specified in the action does not exist.%s",
		"INVALID_VARIABLE_FOR_OPERATOR":                           "Policy variables can only be used with String and ARN operators.",
		"INVALID_VERSION":                                         "The version %s is not valid. Use one of the following versions: 2008-10-17, 2012-10-17",
		"JSON_SYNTAX_ERROR":                                       "Fix the JSON syntax error at index %d line %d column %d.",
		"MISSING_ACTION":                                          "Add an Action or NotAction element to the policy statement.",
		"MISSING_ARN_FIELD":                                       "Resource ARNs must include at least 6 fields in the following structure: arn:partition:service:region:account:resource",
		"MISSING_ARN_REGION":                                      "Add a Region to the %s resource ARN.",
		"MISSING_EFFECT":                                          "Add an Effect element to the policy statement with a value of Allow or Deny.",
		"MISSING_PRINCIPAL":                                       "Add a Principal element to the policy statement.",
		"MISSING_QUALIFIER":                                       "The request context key %s has multiple values. Use the ForAllValues or ForAnyValue condition key qualifiers in your policy.",
		"MISSING_RESOURCE":                                        "Add a Resource or NotResource element to the policy statement.",
		"MISSING_STATEMENT":                                       "Add a statement to the policy",
		"NULL_WITH_IF_EXISTS":                                     "The Null condition operator cannot be used with the IfExists suffix. Update the operator or the suffix.",
		"SCP_SYNTAX_ERROR_PRINCIPAL":                              "SCPs do not support specifying principals. Remove the Principal or NotPrincipal element.",
		"UNIQUE_SIDS_REQUIRED":                                    "Duplicate statement IDs are not supported for this policy type. Update the Sid value.",
		"UNSUPPORTED_ACTION_IN_POLICY":                            "The action %s is not supported for the resource-based policy attached to the resource type %s.",
		"UNSUPPORTED_ELEMENT_COMBINATION":                         "The policy elements %s and %s can not be used in the same statement. Remove one of these elements.",
		"UNSUPPORTED_GLOBAL_CONDITION_KEY":                        "The condition key aws:ARN is not supported. Use aws:PrincipalArn or aws:SourceArn instead.",
		"UNSUPPORTED_PRINCIPAL":                                   "The policy type %s does not support the Principal element. Remove the Principal element.",
		"UNSUPPORTED_RESOURCE_ARN_IN_POLICY":                      "The resource ARN is not supported for the resource-based policy attached to the resource type %s.",
		"UNSUPPORTED_SID":                                         "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]",
		"UNSUPPORTED_WILDCARD_IN_PRINCIPAL":                       "Wildcards (*, ?) are not supported with the principal key %s. Replace the wildcard with a valid principal value.",
		"MISSING_BRACE_IN_VARIABLE":                               "The policy variable is missing a closing curly brace. Add } after the variable text.",
		"MISSING_QUOTE_IN_VARIABLE":                               "The policy variable default value must begin and end with a single quote. Add the missing quote.",
		"UNSUPPORTED_SPACE_IN_VARIABLE":                           "A space is not supported within the policy variable text. Remove the space.",
		"EMPTY_VARIABLE":                                          "Empty policy variable. Remove the ${ } variable structure or provide a variable within the structure.",
		"VARIABLE_UNSUPPORTED_IN_ELEMENT":                         "Policy variables are supported in the Resource and Condition elements. Remove the policy variable %s from this element.",
		"VARIABLE_UNSUPPORTED_IN_VERSION":                         "To include variables in your policy, use the policy version 2012-10-17 or later.",
		"PRIVATE_IP_ADDRESS":                                      "aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp include only private IP addresses and will not have the desired effect. Update the value to include only public IP addresses.",
		"PRIVATE_NOT_IP_ADDRESS":                                  "The values for condition key aws:SourceIp include only private IP addresses and has no effect. aws:SourceIp works only for public IP address ranges. Update the value to include only public IP addresses.",
		"POLICY_SIZE_EXCEEDS_SCP_QUOTA":                           "The %d characters in the service control policy (SCP) exceed the %d character maximum for SCPs. We recommend that you use multiple granular policies.",
		"POLICY_SIZE_EXCEEDS_RCP_QUOTA":                           "The %d characters in the resource control policy (RCP) exceed the %d character maximum for RCPs. We recommend that you use multiple granular policies.",
		"INVALID_SERVICE_PRINCIPAL_FORMAT":                        "The service principal does not match the expected format. Use the format %s.",
		"MISSING_TAG_KEY_IN_CONDITION":                            "The condition key %[1]s must include a tag key to control access based on tags. Use the format %[1]stag-key and specify a key name for tag-key.",
		"INVALID_VPC_FORMAT":                                      "The VPC identifier in the condition key value is not valid. Use the prefix 'vpc-' followed by 8 or 17 alphanumeric characters.",
		"INVALID_VPCE_FORMAT":                                     "The VPCE identifier in the condition key value is not valid.  Use the prefix 'vpce-' followed by 8 or 17 alphanumeric characters.",
		"FEDERATED_PRINCIPAL_NOT_SUPPORTED":                       "The policy type does not support a federated identity provider in the principal element. Use a supported principal.",
		"UNSUPPORTED_ACTION_FOR_CONDITION_KEY":                    "The following actions: %s are not supported by the condition key %s. The condition will not be evaluated for these actions. We recommend that you move these actions to a different statement without this condition key.",
		"UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL":         "The following condition keys are not supported when used with the service principal: %s.",
		"ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL":             "Role trust policies do not support NotPrincipal. Update the policy to use a Principal element instead.",
		"ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL":     `"Principal:" "*" is not supported in the principal element of a role trust policy. Replace the wildcard with a valid principal value.`,
		"ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE":                 "Role trust policies apply to the role that they are attached to. You cannot specify a resource. Remove the Resource or NotResource element.",
		"TYPE_MISMATCH_IP_RANGE":                                  "The condition operator %s is used with an invalid IP range value. Specify the IP range in standard CIDR format.",
		"MISSING_ACTION_FOR_CONDITION_KEY":                        "The %[1]s action must be in the action block to allow setting values for the condition key %[2]s. Add %[1]s to the action block.",
		"INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY": "The principal value specifies a federated principal that does not match the expected format. Update the federated principal to a domain name or a SAML metadata ARN.",
		"MISMATCHED_ACTION_FOR_PRINCIPAL":                         "The %s action is invalid with the following principal(s): %s. Use a SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal with the sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either of the two options.",
		"MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY":          "The rolesanywhere.amazonaws.com service principal requires the sts:AssumeRole, sts:SetSourceIdentity, and sts:TagSession permissions to assume a role. Add the missing permissions to the policy.",
		"RCP_SYNTAX_ERROR_PRINCIPAL":                              `The Principal element contents are not valid. RCPs only support specifying all principals ("*") in the Principal element. The NotPrincipal element is not supported for RCPs.`,
		"RCP_SYNTAX_ERROR_ALLOW":                                  `RCPs only support specifying all principals ("*") in the Principal element, all resources ("*") in the Resource element, and no Condition element with an effect of Allow.`,
		"RCP_SYNTAX_ERROR_NOTACTION":                              "RCPs do not support the NotAction element. Update to use the Action element.",
		"RCP_SYNTAX_ERROR_ACTION":                                 "RCPs only support specifying select service prefixes in the Action element. Learn more here.",
		"MISSING_ARN_ACCOUNT":                                     "The resource %s in the arn is missing an account id. Please provide a 12 digit account id.",
		"INVALID_KMS_KEY_VALUE":                                   "The %s condition key value must be a valid KMS key ARN.",
		"VARIABLE_USAGE_TOO_PERMISSIVE":                           "The policy variable is not allowed in the condition key %s" + permissive + "policy variables can be evaluated as effective wildcards. Therefore policy variables are not allowed to be used with sensitive keys." + list,
		"VARIABLE_USAGE_TOO_PERMISSIVE userid":                    "Overly permissive use of policy variable with aws:userID. Use the policy variable on the right side of colon or as the only character on the left side of a colon.",
		"WILDCARD_USAGE_TOO_PERMISSIVE userid":                    "Overly permissive use of wildcard with aws:userID. Use the wildcard on the right side of colon or as the only character on the left side of a colon.",
		"WILDCARD_USAGE_TOO_PERMISSIVE":                           "The wildcard is not allowed in the condition key %s" + permissive + "wildcards are not allowed to be used with sensitive keys." + list,
	}
}

func warningTexts() map[string]string {
	const slr = "can allow creation of unintended service-linked roles "
	const arns = "We recommend that you specify resource ARNs instead."
	const rcps = "RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to "
	return map[string]string{
		"CREATE_SLR_WITH_NOT_RESOURCE":                        "Using the iam:CreateServiceLinkedRole action with NotResource " + slr + "for multiple resources. " + arns,
		"CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE":     "Using an action with a wildcard(*) and NotResource " + slr + "because it can allow iam:CreateServiceLinkedRole permissions on multiple resources. " + arns,
		"CREATE_SLR_WITH_NOT_ACTION_AND_NOT_RESOURCE":         "Using NotAction with NotResource " + slr + "because it allows iam:CreateServiceLinkedRole permissions on multiple resources. " + arns,
		"CREATE_SLR_WITH_STAR_IN_RESOURCE":                    "Using the iam:CreateServiceLinkedRole action with wildcards (*) in the resource can allow creation of unintended service-linked roles. " + arns,
		"CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE":         "Using wildcards (*) in the action and the resource " + slr + "because it allows iam:CreateServiceLinkedRole permissions on all resources. " + arns,
		"CREATE_SLR_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION":     "Using a resource with wildcards (*) and NotAction " + slr + "because it allows iam:CreateServiceLinkedRole permissions on all resources. " + arns,
		"DEPRECATED_GLOBAL_CONDITION_KEY":                     "We recommend that you update aws:ARN to use the newer condition key aws:PrincipalArn.",
		"INVALID_DATE_VALUE":                                  "The date %s might not resolve as expected. We recommend that you use the YYYY-MM-DD format.",
		"INVALID_ROLE_REFERENCE":                              "The Principal element includes the IAM role ID %s. We recommend that you use a role ARN instead.",
		"INVALID_USER_REFERENCE":                              "The Principal element includes the IAM user ID %s. We recommend that you use a user ARN instead.",
		"MISSING_VERSION":                                     "We recommend that you specify the Version element to help you with debugging permission issues.",
		"UNIQUE_SIDS_RECOMMENDED":                             "We recommend that you use statement IDs that are unique to your policy. Update the Sid value.",
		"WILDCARD_WITHOUT_LIKE_OPERATOR":                      "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the condition operator to include Like.",
		"POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA":           "The %d characters in the identity policy, excluding whitespace, exceed the %d character maximum for inline and managed policies. We recommend that you use multiple granular policies.",
		"POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA":           "The %d characters in the resource policy exceed the %d character maximum for resource policies. We recommend that you use multiple granular policies.",
		"POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA":         "The characters in the role trust policy, excluding whitespace, exceed the character maximum. We recommend that you request a role trust policy length quota increase using Service Quotas and AWS Support Center. If the quotas have already been increased, then you can ignore this warning.",
		"TYPE_MISMATCH":                                       "Use the operator type %s instead of operator %s for the condition key %s.",
		"TYPE_MISMATCH_BOOLEAN":                               "Add a valid Boolean value (true or false) for the condition operator %s.",
		"TYPE_MISMATCH_DATE":                                  "The date condition operator is used with an invalid value. Specify a valid date using YYYY-MM-DD or other ISO 8601 date/time format.",
		"TYPE_MISMATCH_NUMBER":                                "Add a valid numeric value for the condition operator %s.",
		"TYPE_MISMATCH_STRING":                                "Add a valid base64-encoded string value for the condition operator %s.",
		"SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED":         "Using a wildcard (*) in token.actions.githubusercontent.com:sub can allow requests from more sources than you intended. Specify the value of token.actions.githubusercontent.com:sub with the repository and branch name. If the subject claim does not include the branch, specify it in a token.actions.githubusercontent.com:ref condition key.",
		"RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY":         rcps + `services acting on your behalf using a service principal, an additional statement should be added to the Condition block "BoolIfExists": { "aws:PrincipalIsAWSService": "false"} whenever a principal key %s is used.`,
		"RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY": rcps + `your principals, an additional statement should be added to the Condition block "BoolIfExists": { "aws:PrincipalIsAWSService": "true"} whenever the key %s is used.`,
		"RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK":        `The specified service may have a service integration that does not require the use of the %[1]s condition key. To prevent unintended impact to services acting on your behalf using a service principal, an additional statement should be added to the Condition block "Null": { "aws:SourceAccount": "false"} or "Null": { "aws:SourceArn": "false"} whenever the key %[1]s is used.`,
		"USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES":      "The condition key %s works only with specific AWS services and must be scoped to supported services in your policies.",
	}
}

func securityTexts() map[string]string {
	const overly = "can be overly permissive because it "
	const arns = "We recommend that you specify resource ARNs instead."
	const service = "We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement."
	return map[string]string{
		"UNTRUSTWORTHY_CONDITION_KEY":                                   "The %s condition key is not recommended for access control as it can be spoofed/manipulated by the caller.",
		"ALLOW_WITH_NOT_PRINCIPAL":                                      "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.",
		"FORALLVALUES_WITH_SINGLE_VALUED_KEY":                           "Using ForAllValues qualifier with the single-valued condition key %s can be overly permissive. We recommend that you remove ForAllValues:.",
		"PASS_ROLE_WITH_NOT_RESOURCE":                                   "Using the iam:PassRole action with NotResource " + overly + "can allow iam:PassRole permissions on multiple resources. " + arns,
		"PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE":                "Using an action with a wildcard (*) and NotResource " + overly + "can allow iam:PassRole permissions on multiple resources. " + arns,
		"PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE":                    "Using NotAction with NotResource " + overly + "can allow iam:PassRole permissions on multiple resources.. " + arns,
		"PASS_ROLE_WITH_STAR_IN_RESOURCE":                               "Using the iam:PassRole action with wildcards (*) in the resource " + overly + "allows iam:PassRole permissions on multiple resources. " + service,
		"PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE":                    "Using wildcards (*) in the action and the resource " + overly + "allows iam:PassRole permissions on all resources. " + service,
		"PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION":                "Using a resource with wildcards (*) and NotAction " + overly + "allows iam:PassRole permissions on all resources. " + service,
		"MISSING_PAIRED_CONDITION_KEYS":                                 "Using the condition key %s can be overly permissive without also using the following condition keys: %s. Condition keys like this one are more secure when paired with a related key. We recommend that you add the related condition keys to the same condition block.",
		"DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE":           "Using the effect Deny with the tag condition key %s and actions for services with the following prefixes can be overly permissive: %s. Actions for the listed services are not denied by this statement. We recommend that you move these actions to a different statement without this condition key.",
		"DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": "Using the effect Deny with NotAction and the tag condition key %s can be overly permissive because some service actions are not denied by this statement. This is because the condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction.",
		"RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL":                          "Granting access to a service principal without specifying a source is overly permissive. Use aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition key to grant fine-grained access.",
		"MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL":                      "Using an Open ID Connect principal without a condition can be overly permissive. Add condition keys with a prefix that matches your federated OIDC principals to ensure that only the intended identity provider assumes the role.",
		"MISSING_GITHUB_REPO_CONDITION_KEY":                             "Granting a federated GitHub principal permissions without a condition key can allow more sources to assume the role than you intended. Add the token.actions.githubusercontent.com:sub condition key and specify the branch and repository name in the value.",
		"STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS":                  "Use the operator type %s instead of operator %s for the condition key %s.",
		"DYNAMODB_ATTRIBUTES_WITHOUT_SELECT":                            "Restricting dynamodb:Attributes without also setting dynamodb:Select to SPECIFIC_ATTRIBUTES allows all attributes to be returned on read requests that omit a projection expression. We recommend that you also set dynamodb:Select to SPECIFIC_ATTRIBUTES.",
		"S3_PREFIX_IN_NEGATIVE_CONTEXT":                                 "Using the s3:prefix condition key in a Deny statement or with a negated string operator does not block listing the objects under the matching prefixes. A request that specifies a shorter prefix does not match the condition and can still list those objects. To restrict listing to specific prefixes, use s3:prefix with StringLike in an Allow statement, or use a Deny statement with StringNotLike.",
		"FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE":                          "Using ForAnyValue qualifier with the single-valued condition key %s can be overly permissive. We recommend that you remove ForAnyValue:.",
	}
}

func suggestionTexts() map[string]string {
	const null = " To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead."
	const principals = "This statement includes no principals and does not affect the policy. Specify principals."
	const mix = "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private addresses "
	const vpc = " aws:SourceIp works only for public IP address ranges. To define permissions for private IP ranges, use aws:VpcSourceIp."
	return map[string]string{
		"EMPTY_ARRAY_ACTION":                                   "This statement includes no actions and does not affect the policy. Specify actions.",
		"EMPTY_ARRAY_CONDITION":                                "There are no values for the condition key %s and it does not affect the policy. Specify conditions.",
		"EMPTY_ARRAY_CONDITION_FORALLVALUES":                   "The ForAllValues prefix with an empty condition key matches only if the key %s is missing from the request context." + null,
		"EMPTY_ARRAY_CONDITION_FORANYVALUE":                    "The ForAnyValue prefix with an empty condition key %s never matches the request context and it does not affect the policy. Specify conditions.",
		"EMPTY_ARRAY_CONDITION_IFEXISTS":                       "The IfExists suffix with an empty condition key matches only if the key %s is missing from the request context." + null,
		"EMPTY_ARRAY_PRINCIPAL":                                principals,
		"EMPTY_ARRAY_RESOURCE":                                 "This statement includes no resources and does not affect the policy. Specify resources.",
		"EMPTY_OBJECT_CONDITION":                               "This condition block is empty and it does not affect the policy. Specify conditions.",
		"EMPTY_OBJECT_PRINCIPAL":                               principals,
		"EMPTY_SID_VALUE":                                      "Add a value to the empty string in the Sid element.",
		"EQUIVALENT_TO_NULL_FALSE":                             "We recommend replacing the key %[1]s in the condition block of %[2]s with {%[1]s: false} to ensure better enforcement of the condition.",
		"EQUIVALENT_TO_NULL_TRUE":                              "We recommend replacing the key %[1]s in the condition block of %[2]s with {%[1]s: true} to ensure better enforcement of the condition.",
		"IMPROVE_IP_RANGE":                                     "The non-zero bits in the IP address after the masked bits are ignored. Replace address with %s.",
		"NULL_WITH_QUALIFIER":                                  "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they always return a true or false respectively.",
		"PRIVATE_IP_ADDRESS_SUBSET":                            mix + "will not have the desired effect." + vpc,
		"PRIVATE_NOT_IP_ADDRESS_SUBSET":                        mix + "have no effect." + vpc,
		"REDUNDANT_ACTION":                                     "The %d action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: %s.",
		"REDUNDANT_CONDITION_VALUE_NUM":                        "Multiple values in %s are redundant. Replace with the %s single value for %s.",
		"REDUNDANT_RESOURCE":                                   "The %d resource ARN(s) are redundant because they reference the same resource. Review the use of wildcards (*)",
		"REDUNDANT_STATEMENT":                                  "The statements are redundant because they provide identical permissions. Update the policy to remove the redundant statement.",
		"WILDCARD_IN_SERVICE_NAME":                             "Avoid using wildcards (*, ?) in the service name because it might grant unintended access to other AWS services with similar names.",
		"ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": "Using the effect Allow with the tag condition key %s and actions for services with the following prefixes does not affect the policy: %s. Actions for the listed service are not allowed by this statement. We recommend that you move these actions to a different statement without this condition key.",
		"ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE": "Using the effect Allow with NotAction and the tag condition key %s allows only service actions that support the condition key. The condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction.",
		"RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL":                "To restrict access to the service principal %s operating on your behalf, we recommend aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths instead of %s.",
		"IRRELEVANT_CONDITION_KEY_IN_POLICY":                             "The condition key %s is not relevant for the %s policy.  Use this key in an identity-based policy to govern access to this resource.",
		"REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION":                     "The key %s in the condition block of %s is redundant because it is always matched. Remove this key to simplify the condition.",
		"REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY":                       "The assumed-role principal %s is redundant with its parent role %s. Remove the assumed-role principal.",
		"REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION":               "The key %s in the condition block of %s does not match any values. Remove this key to simplify the condition.",
	}
}

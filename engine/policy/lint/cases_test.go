package lint

import (
	"fmt"
	"strings"
)

func identity() Kind { return Kind{Policy: Identity} }
func resource() Kind { return Kind{Policy: Resource} }
func bucket() Kind   { return Kind{Policy: Resource, ResourceType: "AWS::S3::Bucket"} }
func trust() Kind    { return Kind{Policy: Trust} }
func scp() Kind      { return Kind{Policy: SCP} }
func rcp() Kind      { return Kind{Policy: RCP} }

func structureCases() []issueCase {
	const ok = `{"Sid":"A","Effect":"Deny","Action":"s3:GetObject","Resource":"*"}`
	long := func(n int) string {
		return with(`{"Effect":"Deny","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + strings.Repeat("b", n) + `"}`)
	}
	return []issueCase{
		{"JSON_SYNTAX_ERROR", identity(), "{\n \"Version\" 1}", "Fix the JSON syntax error at index 13 line 2 column 11.", []string{" = "}},
		{"DATA_TYPE_MISMATCH", identity(), with(`{"Effect":"Deny","Action":[5],"Resource":"*"}`), "The text does not match the expected JSON data type String.", []string{"Statement[0].Action[0] = 5"}},
		{"INVALID_POLICY_ELEMENT", identity(), with(`{"Effect":"Deny","Action":"s3:GetObject","Resource":"*","Resourcs":"*"}`), "The policy element Resourcs is not valid.", []string{`Statement[0].{Resourcs} = "Resourcs"`}},
		{"MISSING_VERSION", identity(), `{"Statement":` + ok + `}`, "", []string{` = {"Statement":` + ok + `}`}},
		{"INVALID_VERSION", identity(), `{"Version":"2012-10-18","Statement":` + ok + `}`, "The version 2012-10-18 is not valid. Use one of the following versions: 2008-10-17, 2012-10-17", []string{`Version = "2012-10-18"`}},
		{"MISSING_STATEMENT", identity(), with(""), "", []string{"Statement = []"}},
		{"MISSING_EFFECT", identity(), with(`{"Action":"s3:GetObject","Resource":"*"}`), "", []string{`Statement[0] = {"Action":"s3:GetObject","Resource":"*"}`}},
		{"INVALID_EFFECT", identity(), with(`{"Effect":"allow","Action":"s3:GetObject","Resource":"*"}`), "The effect allow is not valid. Use Allow or Deny.", []string{`Statement[0].Effect = "allow"`}},
		{"MISSING_ACTION", identity(), with(`{"Effect":"Deny","Resource":"*"}`), "", []string{`Statement[0] = {"Effect":"Deny","Resource":"*"}`}},
		{"MISSING_RESOURCE", identity(), with(`{"Effect":"Deny","Action":"*"}`), "", []string{`Statement[0] = {"Effect":"Deny","Action":"*"}`}},
		{"MISSING_PRINCIPAL", resource(), with(`{"Effect":"Deny","Action":"*","Resource":"*"}`), "", []string{`Statement[0] = {"Effect":"Deny","Action":"*","Resource":"*"}`}},
		{"UNSUPPORTED_ELEMENT_COMBINATION", identity(), with(`{"Effect":"Deny","Action":"s3:GetObject","NotAction":"s3:PutObject","Resource":"*"}`), "The policy elements Action and NotAction can not be used in the same statement. Remove one of these elements.",
			[]string{`Statement[0].Action = "s3:GetObject"`, `Statement[0].NotAction = "s3:PutObject"`}},
		{"EMPTY_SID_VALUE", identity(), with(`{"Sid":"","Effect":"Deny","Action":"*","Resource":"*"}`), "", []string{`Statement[0].Sid = ""`}},
		{"UNSUPPORTED_SID", identity(), with(`{"Sid":"no spaces","Effect":"Deny","Action":"*","Resource":"*"}`), "", []string{`Statement[0].Sid = "no spaces"`}},
		{"UNIQUE_SIDS_REQUIRED", identity(), with(ok + "," + ok), "", []string{`Statement[1].Sid = "A"`}},
		{"UNIQUE_SIDS_RECOMMENDED", resource(), with(ok + "," + ok), "", []string{`Statement[1].Sid = "A"`}},
		{"REDUNDANT_STATEMENT", identity(), with(ok + `,{"Effect":"Deny","Resource":["*"],"Action":["s3:GetObject"]}`), "",
			[]string{"Statement[0] = " + ok, `Statement[1] = {"Effect":"Deny","Resource":["*"],"Action":["s3:GetObject"]}`}},
		{"POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", identity(), long(6144), fmt.Sprintf("The %d characters in the identity policy, excluding whitespace, exceed the 6144 character maximum for inline and managed policies. We recommend that you use multiple granular policies.", len(long(6144))), []string{" = " + long(6144)}},
		{"POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA", bucket(), long(20480), fmt.Sprintf("The %d characters in the resource policy exceed the 20480 character maximum for resource policies. We recommend that you use multiple granular policies.", len(long(20480))), []string{" = " + long(20480)}},
		{"POLICY_SIZE_EXCEEDS_ROLE_TRUST_POLICY_QUOTA", trust(), long(2048), "", []string{" = " + long(2048)}},
		{"POLICY_SIZE_EXCEEDS_SCP_QUOTA", scp(), long(10240), fmt.Sprintf("The %d characters in the service control policy (SCP) exceed the 10240 character maximum for SCPs. We recommend that you use multiple granular policies.", len(long(10240))), []string{" = " + long(10240)}},
		{"POLICY_SIZE_EXCEEDS_RCP_QUOTA", rcp(), long(5120), fmt.Sprintf("The %d characters in the resource control policy (RCP) exceed the 5120 character maximum for RCPs. We recommend that you use multiple granular policies.", len(long(5120))), []string{" = " + long(5120)}},
	}
}

func actionCases() []issueCase {
	act := func(action string) string { return with(`{"Effect":"Deny","Action":` + action + `,"Resource":"*"}`) }
	return []issueCase{
		{"INVALID_ACTION", identity(), act(`["s3:GetObject","s3:GetObjekt"]`), "The action s3:GetObjekt does not exist. Did you mean s3:GetObject?", []string{`Statement[0].Action[1] = "s3:GetObjekt"`}},
		{"INVALID_ACTION", identity(), act(`"s3:ListBuckets"`), "The action s3:ListBuckets does not exist. Did you mean s3:ListAllMyBuckets? The API called ListBuckets authorizes against the IAM action s3:ListAllMyBuckets.", []string{`Statement[0].Action = "s3:ListBuckets"`}},
		{"INVALID_ACTION", identity(), act(`"s3:Frobnicate*"`), "The action s3:Frobnicate* does not exist.", []string{`Statement[0].Action = "s3:Frobnicate*"`}},
		{"INVALID_SERVICE_IN_ACTION", identity(), act(`"dynamobd:GetItem"`), "The service dynamobd specified in the action does not exist. Did you mean dynamodb?", []string{`Statement[0].Action = "dynamobd:GetItem"`}},
		{"INVALID_SERVICE_IN_ACTION", identity(), act(`"nosuchthing:*"`), "The service nosuchthing specified in the action does not exist.", []string{`Statement[0].Action = "nosuchthing:*"`}},
		{"EMPTY_ARRAY_ACTION", identity(), act(`[]`), "", []string{"Statement[0].Action = []"}},
		{"REDUNDANT_ACTION", identity(), act(`["iam:Get*","iam:List*","iam:GetCredentialReport","iam:*CredentialReport"]`), "The 1 action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: iam:GetCredentialReport.",
			[]string{`Statement[0].Action[2] = "iam:GetCredentialReport"`}},
		{"VARIABLE_UNSUPPORTED_IN_ELEMENT", identity(), act(`"s3:${aws:username}"`), "Policy variables are supported in the Resource and Condition elements. Remove the policy variable ${aws:username} from this element.", []string{"Statement[0].Action~3+15 = ${aws:username}"}},
	}
}

func resourceCases() []issueCase {
	return []issueCase{
		{"EMPTY_ARRAY_RESOURCE", identity(), on(`[]`), "", []string{"Statement[0].Resource = []"}},
		{"INVALID_ARN_PREFIX", identity(), on(`"aws:s3:::b"`), "", []string{`Statement[0].Resource = "aws:s3:::b"`}},
		{"MISSING_ARN_FIELD", identity(), on(`"arn:aws:s3:b"`), "", []string{`Statement[0].Resource = "arn:aws:s3:b"`}},
		{"INVALID_PARTITION", identity(), on(`"arn:amazon:s3:::b"`), "The resource ARN for the service s3 does not support the partition amazon. Use the supported values: aws, aws-cn, aws-us-gov, aws-iso, aws-iso-b, aws-iso-e, aws-iso-f, aws-eusc", []string{"Statement[0].Resource~4+6 = amazon"}},
		{"INVALID_SERVICE", identity(), on(`"arn:aws:s33:::b"`), "The service s33 does not exist. Use a valid service name.", []string{"Statement[0].Resource~8+3 = s33"}},
		{"INVALID_ARN_SERVICE_CASE", identity(), on(`"arn:aws:S3:::b"`), "Update the service name S3 in the resource ARN to use all lowercase letters.", []string{"Statement[0].Resource~8+2 = S3"}},
		{"WILDCARD_IN_SERVICE_NAME", identity(), on(`"arn:aws:*code*::111122223333:*"`), "", []string{"Statement[0].Resource~8+6 = *code*"}},
		{"INVALID_ARN_REGION", identity(), on(`"arn:aws:sqs:us-est-1:111122223333:q"`), "The Region us-est-1 is not valid for this resource. Update the resource ARN to include a supported Region.", []string{"Statement[0].Resource~12+8 = us-est-1"}},
		{"INVALID_ARN_ACCOUNT", identity(), on(`"arn:aws:sqs:us-east-1:1111:q"`), "The resource ARN account ID 1111 is not valid. Provide a 12-digit account ID.", []string{"Statement[0].Resource~22+4 = 1111"}},
		{"INVALID_ARN_RESOURCE", identity(), on(`"arn:aws:kms:us-east-1:111122223333:kee/1"`), "", []string{"Statement[0].Resource~35+5 = kee/1"}},
		{"MISSING_ARN_REGION", identity(), on(`"arn:aws:sqs::111122223333:q"`), "Add a Region to the sqs resource ARN.", []string{`Statement[0].Resource = "arn:aws:sqs::111122223333:q"`}},
		{"MISSING_ARN_ACCOUNT", identity(), on(`"arn:aws:sqs:us-east-1::q"`), "The resource queue in the arn is missing an account id. Please provide a 12 digit account id.", []string{`Statement[0].Resource = "arn:aws:sqs:us-east-1::q"`}},
		{"ARN_REGION_NOT_ALLOWED", identity(), on(`"arn:aws:s3:us-east-1::mybucket"`), "The service s3 does not support specifying a Region in the resource ARN.", []string{"Statement[0].Resource~11+9 = us-east-1"}},
		{"ARN_ACCOUNT_NOT_ALLOWED", identity(), on(`"arn:aws:s3::111122223333:mybucket"`), "The service s3 does not support specifying an account ID in the resource ARN.", []string{"Statement[0].Resource~12+12 = 111122223333"}},
		{"REDUNDANT_RESOURCE", identity(), on(`["arn:aws:iam::111122223333:role/jane-admin","arn:aws:iam::111122223333:role/jane-s3only","arn:aws:iam::111122223333:role/jane*"]`),
			"The 2 resource ARN(s) are redundant because they reference the same resource. Review the use of wildcards (*)",
			[]string{`Statement[0].Resource[0] = "arn:aws:iam::111122223333:role/jane-admin"`, `Statement[0].Resource[1] = "arn:aws:iam::111122223333:role/jane-s3only"`}},
		{"MISSING_BRACE_IN_VARIABLE", identity(), on(`"arn:aws:s3:::b/${aws:username"`), "", []string{"Statement[0].Resource~15+14 = ${aws:username"}},
		{"MISSING_QUOTE_IN_VARIABLE", identity(), on(`"arn:aws:s3:::b/${aws:username, x}"`), "", []string{"Statement[0].Resource~15+18 = ${aws:username, x}"}},
		{"UNSUPPORTED_SPACE_IN_VARIABLE", identity(), on(`"arn:aws:s3:::b/${aws: username}"`), "", []string{"Statement[0].Resource~15+16 = ${aws: username}"}},
		{"EMPTY_VARIABLE", identity(), on(`"arn:aws:s3:::b/ä${ }"`), "", []string{"Statement[0].Resource~16+4 = ${ }"}},
		{"VARIABLE_UNSUPPORTED_IN_VERSION", identity(), `{"Version":"2008-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}"}}`, "", []string{"Statement.Resource~13+15 = ${aws:username}"}},
		{"UNSUPPORTED_ACTION_IN_POLICY", bucket(), with(`{"Effect":"Deny","Principal":"*","Action":["s3:GetObject","kms:Decrypt"],"Resource":"arn:aws:s3:::b/*"}`), "The action kms:Decrypt is not supported for the resource-based policy attached to the resource type S3 Bucket.", []string{`Statement[0].Action[1] = "kms:Decrypt"`}},
		{"UNSUPPORTED_RESOURCE_ARN_IN_POLICY", bucket(), with(`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"*"}`), "The resource ARN is not supported for the resource-based policy attached to the resource type S3 Bucket.", []string{`Statement[0].Resource = "*"`}},
		{"IRRELEVANT_CONDITION_KEY_IN_POLICY", bucket(), with(`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"s3:ResourceAccount":"111122223333"}}}`),
			"The condition key s3:ResourceAccount is not relevant for the S3 Bucket policy.  Use this key in an identity-based policy to govern access to this resource.", []string{`Statement[0].Condition.StringEquals.{s3:ResourceAccount} = "s3:ResourceAccount"`}},
	}
}

func principalCases() []issueCase {
	return []issueCase{
		{"UNSUPPORTED_PRINCIPAL", identity(), of(`"*"`, ""), "The policy type IDENTITY_POLICY does not support the Principal element. Remove the Principal element.", []string{`Statement[0].Principal = "*"`}},
		{"INVALID_PRINCIPAL_FORMAT", resource(), of(`"111122223333"`, ""), "", []string{`Statement[0].Principal = "111122223333"`}},
		{"INVALID_PRINCIPAL_KEY", resource(), of(`{"aws":"111122223333"}`, ""), "The principal key aws is not valid.", []string{`Statement[0].Principal.{aws} = "aws"`}},
		{"EMPTY_OBJECT_PRINCIPAL", resource(), of(`{}`, ""), "", []string{"Statement[0].Principal = {}"}},
		{"EMPTY_ARRAY_PRINCIPAL", resource(), of(`{"AWS":[]}`, ""), "", []string{"Statement[0].Principal.AWS = []"}},
		{"UNSUPPORTED_WILDCARD_IN_PRINCIPAL", resource(), of(`{"AWS":"arn:aws:iam::111122223333:user/*"}`, ""), "Wildcards (*, ?) are not supported with the principal key AWS. Replace the wildcard with a valid principal value.", []string{`Statement[0].Principal.AWS = "arn:aws:iam::111122223333:user/*"`}},
		{"INVALID_ROLE_REFERENCE", resource(), of(`{"AWS":"AROADBQP57FF2AEXAMPLE"}`, ""), "The Principal element includes the IAM role ID AROADBQP57FF2AEXAMPLE. We recommend that you use a role ARN instead.", []string{`Statement[0].Principal.AWS = "AROADBQP57FF2AEXAMPLE"`}},
		{"INVALID_USER_REFERENCE", resource(), of(`{"AWS":["AIDACKCEVSQ6C2EXAMPLE"]}`, ""), "The Principal element includes the IAM user ID AIDACKCEVSQ6C2EXAMPLE. We recommend that you use a user ARN instead.", []string{`Statement[0].Principal.AWS[0] = "AIDACKCEVSQ6C2EXAMPLE"`}},
		{"INVALID_SERVICE_PRINCIPAL_FORMAT", resource(), of(`{"Service":"SNS.amazonaws.com"}`, ""), "The service principal does not match the expected format. Use the format service-name.amazonaws.com.", []string{`Statement[0].Principal.Service = "SNS.amazonaws.com"`}},
		{"FEDERATED_PRINCIPAL_NOT_SUPPORTED", resource(), of(`{"Federated":"accounts.google.com"}`, ""), "", []string{`Statement[0].Principal.Federated = "accounts.google.com"`}},
		{"ALLOW_WITH_NOT_PRINCIPAL", resource(), with(`{"Effect":"Allow","NotPrincipal":{"AWS":"111122223333"},"Action":"sqs:SendMessage","Resource":"*"}`), "", []string{`Statement[0].NotPrincipal = {"AWS":"111122223333"}`}},
		{"RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", resource(), of(`{"Service":"sns.amazonaws.com"}`, ""), "", []string{`Statement[0].Principal.Service = "sns.amazonaws.com"`}},
		{"RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", resource(), of(`{"Service":"ses.amazonaws.com"}`, `,"Condition":{"StringEquals":{"aws:Referer":"111122223333"}}`), "To restrict access to the service principal ses operating on your behalf, we recommend aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths instead of aws:Referer.",
			[]string{`Statement[0].Condition.StringEquals.{aws:Referer} = "aws:Referer"`}},
		{"UNSUPPORTED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", resource(), of(`{"Service":"cloudfront.amazonaws.com"}`, `,"Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`), "The following condition keys are not supported when used with the service principal: aws:PrincipalOrgID.",
			[]string{`Statement[0].Principal.Service = "cloudfront.amazonaws.com"`, `Statement[0].Condition.StringEquals.{aws:PrincipalOrgID} = "aws:PrincipalOrgID"`}},
	}
}

func trustCases() []issueCase {
	const hub = `{"Federated":"arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"}`
	const web = `"sts:AssumeRoleWithWebIdentity"`
	return []issueCase{
		{"ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTPRINCIPAL", trust(), with(`{"Effect":"Deny","NotPrincipal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}`), "", []string{`Statement[0].NotPrincipal = {"AWS":"111122223333"}`}},
		{"ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL", trust(), trusting(`"*"`, `"sts:AssumeRole"`, ""), "", []string{`Statement[0].Principal = "*"`}},
		{"ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE", trust(), trusting(`{"AWS":"111122223333"}`, `"sts:AssumeRole"`, `,"Resource":"*"`), "", []string{`Statement[0].Resource = "*"`}},
		{"INVALID_FEDERATED_PRINCIPAL_SYNTAX_IN_ROLE_TRUST_POLICY", trust(), trusting(`{"Federated":"google"}`, web, ""), "", []string{`Statement[0].Principal.Federated = "google"`}},
		{"MISMATCHED_ACTION_FOR_PRINCIPAL", trust(), trusting(`{"Federated":["arn:aws:iam::111122223333:saml-provider/x","accounts.google.com"]}`, `"sts:AssumeRoleWithSAML"`, `,"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}`),
			"The sts:AssumeRoleWithSAML action is invalid with the following principal(s): accounts.google.com. Use a SAML provider principal with the sts:AssumeRoleWithSAML action or use an OIDC provider principal with the sts:AssumeRoleWithWebIdentity action. Ensure the provider is Federated if you use either of the two options.",
			[]string{`Statement[0].Action = "sts:AssumeRoleWithSAML"`, `Statement[0].Principal.Federated[1] = "accounts.google.com"`}},
		{"MISSING_ACTION_FOR_ROLES_ANYWHERE_TRUST_POLICY", trust(), trusting(`{"Service":"rolesanywhere.amazonaws.com"}`, `["sts:AssumeRole","sts:TagSession"]`, ""), "",
			[]string{`Statement[0].Action = ["sts:AssumeRole","sts:TagSession"]`, `Statement[0].Principal.Service = "rolesanywhere.amazonaws.com"`}},
		{"MISSING_ACTION_FOR_CONDITION_KEY", trust(), trusting(`{"AWS":"111122223333"}`, `"sts:AssumeRole"`, `,"Condition":{"StringEquals":{"aws:RequestTag/team":"a"}}`), "The sts:TagSession action must be in the action block to allow setting values for the condition key aws:RequestTag/team. Add sts:TagSession to the action block.",
			[]string{`Statement[0].Action = "sts:AssumeRole"`, `Statement[0].Condition.StringEquals.aws:RequestTag/team = "a"`}},
		{"REDUNDANT_PRINCIPAL_IN_ROLE_TRUST_POLICY", trust(), trusting(`{"AWS":["arn:aws:iam::111122223333:role/p/r","arn:aws:sts::111122223333:assumed-role/r/s"]}`, `"sts:AssumeRole"`, ""),
			"The assumed-role principal arn:aws:sts::111122223333:assumed-role/r/s is redundant with its parent role arn:aws:iam::111122223333:role/p/r. Remove the assumed-role principal.", []string{`Statement[0].Principal.AWS[1] = "arn:aws:sts::111122223333:assumed-role/r/s"`}},
		{"MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL", trust(), trusting(`{"Federated":"accounts.google.com"}`, web, ""), "", []string{`Statement[0].Principal.Federated = "accounts.google.com"`}},
		{"MISSING_GITHUB_REPO_CONDITION_KEY", trust(), trusting(hub, web, `,"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com"}}`), "",
			[]string{`Statement[0].Principal.Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"`}},
		{"SPECIFIC_GITHUB_REPO_AND_BRANCH_RECOMMENDED", trust(), trusting(hub, web, `,"Condition":{"StringLike":{"token.actions.githubusercontent.com:sub":"repo:me/*"}}`), "",
			[]string{`Statement[0].Condition.StringLike.token.actions.githubusercontent.com:sub = "repo:me/*"`}},
		{"FORANYVALUE_WITH_AUDIENCE_CLAIM_TYPE", trust(), trusting(`{"Federated":"accounts.google.com"}`, web, `,"Condition":{"ForAnyValue:StringEquals":{"accounts.google.com:aud":"a"}}`), "Using ForAnyValue qualifier with the single-valued condition key accounts.google.com:aud can be overly permissive. We recommend that you remove ForAnyValue:.",
			[]string{`Statement[0].Condition.ForAnyValue:StringEquals.{accounts.google.com:aud} = "accounts.google.com:aud"`}},
	}
}

func roleCases() []issueCase {
	allow := func(action, resource string) string {
		return with(`{"Effect":"Allow",` + action + `,` + resource + `}`)
	}
	var out []issueCase
	for _, x := range []struct{ code, action string }{{"PASS_ROLE", "iam:PassRole"}, {"CREATE_SLR", "iam:CreateServiceLinkedRole"}} {
		out = append(out,
			issueCase{x.code + "_WITH_NOT_RESOURCE", identity(), allow(`"Action":"`+x.action+`"`, `"NotResource":"arn:aws:iam::*:role/x"`), "", []string{`Statement[0].Action = "` + x.action + `"`, `Statement[0].NotResource = "arn:aws:iam::*:role/x"`}},
			issueCase{x.code + "_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE", identity(), allow(`"Action":"iam:*"`, `"NotResource":"arn:aws:iam::*:role/x"`), "", []string{`Statement[0].Action = "iam:*"`, `Statement[0].NotResource = "arn:aws:iam::*:role/x"`}},
			issueCase{x.code + "_WITH_NOT_ACTION_AND_NOT_RESOURCE", identity(), allow(`"NotAction":"s3:*"`, `"NotResource":"arn:aws:iam::*:role/x"`), "", []string{`Statement[0].NotAction = "s3:*"`, `Statement[0].NotResource = "arn:aws:iam::*:role/x"`}},
			issueCase{x.code + "_WITH_STAR_IN_RESOURCE", identity(), allow(`"Action":["s3:GetObject","`+x.action+`"]`, `"Resource":["arn:aws:iam::111122223333:role/*"]`), "", []string{`Statement[0].Action[1] = "` + x.action + `"`, `Statement[0].Resource[0] = "arn:aws:iam::111122223333:role/*"`}},
			issueCase{x.code + "_WITH_STAR_IN_ACTION_AND_RESOURCE", identity(), allow(`"Action":"*"`, `"Resource":"*"`), "", []string{`Statement[0].Action = "*"`, `Statement[0].Resource = "*"`}},
			issueCase{x.code + "_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", identity(), allow(`"NotAction":"s3:*"`, `"Resource":"*"`), "", []string{`Statement[0].NotAction = "s3:*"`, `Statement[0].Resource = "*"`}},
		)
	}
	return out
}

func organizationCases() []issueCase {
	deny := func(action, more string) string {
		return with(`{"Effect":"Deny","Principal":"*",` + action + `,"Resource":"*"` + more + `}`)
	}
	const related = `RCPs impact IAM roles, users, and AWS service principals. To prevent unintended impact to `
	return []issueCase{
		{"SCP_SYNTAX_ERROR_PRINCIPAL", scp(), deny(`"Action":"s3:*"`, ""), "", []string{`Statement[0].Principal = "*"`}},
		{"RCP_SYNTAX_ERROR_PRINCIPAL", rcp(), with(`{"Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"s3:*","Resource":"*"}`), "", []string{`Statement[0].Principal = {"AWS":"111122223333"}`}},
		{"RCP_SYNTAX_ERROR_ALLOW", rcp(), with(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}`), "", []string{`Statement[0].Effect = "Allow"`}},
		{"RCP_SYNTAX_ERROR_NOTACTION", rcp(), deny(`"NotAction":"s3:*"`, ""), "", []string{`Statement[0].NotAction = "s3:*"`}},
		{"RCP_SYNTAX_ERROR_ACTION", rcp(), deny(`"Action":["s3:*","ec2:RunInstances"]`, ""), "", []string{`Statement[0].Action[1] = "ec2:RunInstances"`}},
		{"RCP_MISSING_RELATED_PRINCIPAL_CONDITION_KEY", rcp(), deny(`"Action":"s3:*"`, `,"Condition":{"StringNotEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}}`),
			related + `services acting on your behalf using a service principal, an additional statement should be added to the Condition block "BoolIfExists": { "aws:PrincipalIsAWSService": "false"} whenever a principal key aws:PrincipalOrgID is used.`,
			[]string{`Statement[0].Condition.StringNotEqualsIfExists.{aws:PrincipalOrgID} = "aws:PrincipalOrgID"`}},
		{"RCP_MISSING_RELATED_SERVICE_PRINCIPAL_CONDITION_KEY", rcp(), deny(`"Action":"s3:*"`, `,"Condition":{"StringNotEqualsIfExists":{"aws:SourceAccount":"111122223333"}}`),
			related + `your principals, an additional statement should be added to the Condition block "BoolIfExists": { "aws:PrincipalIsAWSService": "true"} whenever the key aws:SourceAccount is used.`,
			[]string{`Statement[0].Condition.StringNotEqualsIfExists.{aws:SourceAccount} = "aws:SourceAccount"`}},
		{"RCP_MISSING_SERVICE_CONDITION_KEY_NULL_CHECK", rcp(), deny(`"Action":"s3:*"`, `,"Condition":{"StringNotEqualsIfExists":{"aws:SourceOrgID":"o-1"},"Bool":{"aws:PrincipalIsAWSService":"true"}}`),
			`The specified service may have a service integration that does not require the use of the aws:SourceOrgID condition key. To prevent unintended impact to services acting on your behalf using a service principal, an additional statement should be added to the Condition block "Null": { "aws:SourceAccount": "false"} or "Null": { "aws:SourceArn": "false"} whenever the key aws:SourceOrgID is used.`,
			[]string{`Statement[0].Condition.StringNotEqualsIfExists.{aws:SourceOrgID} = "aws:SourceOrgID"`}},
	}
}

package lint

func conditionCases() []issueCase {
	const in = "Statement[0].Condition"
	tags := func(effect, action string) string {
		return with(`{"Effect":"` + effect + `",` + action + `,"Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/a":"b"}}}`)
	}
	const none = `"Action":["s3:ListAllMyBuckets","kms:EnableKey"]`
	const key = in + `.StringEquals.aws:ResourceTag/a = "b"`
	return []issueCase{
		{"EMPTY_OBJECT_CONDITION", identity(), when(``), "", []string{in + " = {}"}},
		{"INVALID_CONDITION_OPERATOR", identity(), when(`"StringEqual":{"aws:username":"a"}`), "The condition operator StringEqual is not valid. Use a valid condition operator.", []string{in + `.{StringEqual} = "StringEqual"`}},
		{"NULL_WITH_IF_EXISTS", identity(), when(`"NullIfExists":{"aws:username":"true"}`), "", []string{in + `.{NullIfExists} = "NullIfExists"`}},
		{"NULL_WITH_QUALIFIER", identity(), when(`"ForAnyValue:Null":{"aws:TagKeys":"true"}`), "", []string{in + `.{ForAnyValue:Null} = "ForAnyValue:Null"`}},
		{"DUPLICATE_KEYS_WITH_DIFFERENT_CASE", identity(), when(`"StringEquals":{"aws:username":"a","AWS:UserName":"b"}`), "The condition key AWS:UserName appears more than once with different capitalization in the same condition block. Remove the duplicate condition keys.",
			[]string{in + `.StringEquals.{AWS:UserName} = "AWS:UserName"`, in + `.StringEquals.{aws:username} = "aws:username"`}},
		{"INVALID_CONDITION_KEY_FORMAT", identity(), when(`"StringEquals":{"username":"a"}`), "", []string{in + `.StringEquals.{username} = "username"`}},
		{"INVALID_GLOBAL_CONDITION_KEY", identity(), when(`"StringEquals":{"aws:user":"a"}`), "The condition key aws:user does not exist. Use a valid condition key.", []string{in + `.StringEquals.{aws:user} = "aws:user"`}},
		{"DEPRECATED_GLOBAL_CONDITION_KEY", identity(), when(`"ArnLike":{"aws:ARN":"arn:aws:iam::111122223333:role/a"}`), "", []string{in + `.ArnLike.{aws:ARN} = "aws:ARN"`}},
		{"UNSUPPORTED_GLOBAL_CONDITION_KEY", scp(), when(`"ArnLike":{"aws:ARN":"arn:aws:iam::111122223333:role/a"}`), "", []string{in + `.ArnLike.{aws:ARN} = "aws:ARN"`}},
		{"INVALID_SERVICE_CONDITION_KEY", identity(), when(`"StringEquals":{"s3:Prefixx":"a"}`), "The condition key s3:Prefixx does not exist in the service s3. Use a valid condition key.", []string{in + `.StringEquals.{s3:Prefixx} = "s3:Prefixx"`}},
		{"INVALID_SERVICE", identity(), when(`"StringEquals":{"s33:prefix":"a"}`), "The service s33 does not exist. Use a valid service name.", []string{in + `.StringEquals.{s33:prefix} = "s33:prefix"`}},
		{"MISSING_TAG_KEY_IN_CONDITION", identity(), when(`"StringEquals":{"aws:ResourceTag":"a"}`), "The condition key aws:ResourceTag/ must include a tag key to control access based on tags. Use the format aws:ResourceTag/tag-key and specify a key name for tag-key.", []string{in + `.StringEquals.{aws:ResourceTag} = "aws:ResourceTag"`}},
		{"MISSING_QUALIFIER", identity(), when(`"StringEquals":{"aws:PrincipalOrgPaths":"o-1/r-1/"}`), "The request context key aws:PrincipalOrgPaths has multiple values. Use the ForAllValues or ForAnyValue condition key qualifiers in your policy.", []string{in + `.StringEquals.{aws:PrincipalOrgPaths} = "aws:PrincipalOrgPaths"`}},
		{"FORALLVALUES_WITH_SINGLE_VALUED_KEY", identity(), when(`"ForAllValues:StringEquals":{"aws:username":"a"}`), "Using ForAllValues qualifier with the single-valued condition key aws:username can be overly permissive. We recommend that you remove ForAllValues:.", []string{in + `.ForAllValues:StringEquals.{aws:username} = "aws:username"`}},
		{"TYPE_MISMATCH", identity(), when(`"StringEquals":{"aws:SecureTransport":"true"}`), "Use the operator type Boolean instead of operator StringEquals for the condition key aws:SecureTransport.", []string{in + `.StringEquals.{aws:SecureTransport} = "aws:SecureTransport"`}},
		{"STRING_LIKE_OPERATOR_WITH_ARN_CONDITION_KEYS", identity(), when(`"StringLike":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/a*"}`), "Use the operator type ARN instead of operator StringLike for the condition key aws:PrincipalArn.", []string{in + `.StringLike.{aws:PrincipalArn} = "aws:PrincipalArn"`}},
		{"UNTRUSTWORTHY_CONDITION_KEY", identity(), when(`"StringEquals":{"aws:UserAgent":"a"}`), "The aws:UserAgent condition key is not recommended for access control as it can be spoofed/manipulated by the caller.", []string{in + `.StringEquals.{aws:UserAgent} = "aws:UserAgent"`}},
		{"MISSING_PAIRED_CONDITION_KEYS", identity(), when(`"IpAddress":{"aws:VpcSourceIp":"10.0.0.0/8"}`), "Using the condition key aws:VpcSourceIp can be overly permissive without also using the following condition keys: aws:SourceVpc. Condition keys like this one are more secure when paired with a related key. We recommend that you add the related condition keys to the same condition block.",
			[]string{in + `.IpAddress.{aws:VpcSourceIp} = "aws:VpcSourceIp"`}},
		{"USE_CONDITION_KEY_ONLY_WITH_SUPPORTED_SERVICES", scp(), with(`{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:VpceOrgID":"o-1"}}}`), "The condition key aws:VpceOrgID works only with specific AWS services and must be scoped to supported services in your policies.", []string{in + `.StringNotEquals.{aws:VpceOrgID} = "aws:VpceOrgID"`}},
		{"DYNAMODB_ATTRIBUTES_WITHOUT_SELECT", identity(), with(`{"Effect":"Allow","Action":"dynamodb:GetItem","Resource":"*","Condition":{"ForAllValues:StringEquals":{"dynamodb:Attributes":["a"]}}}`), "", []string{in + `.ForAllValues:StringEquals.{dynamodb:Attributes} = "dynamodb:Attributes"`}},
		{"S3_PREFIX_IN_NEGATIVE_CONTEXT", identity(), with(`{"Effect":"Deny","Action":"s3:ListBucket","Resource":"*","Condition":{"StringLike":{"s3:prefix":"private/*"}}}`), "", []string{in + `.StringLike.{s3:prefix} = "s3:prefix"`}},
		{"UNSUPPORTED_ACTION_FOR_CONDITION_KEY", identity(), with(`{"Effect":"Allow","Action":["kms:Decrypt","kms:DescribeKey"],"Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:a":"b"}}}`),
			"The following actions: kms:DescribeKey are not supported by the condition key kms:EncryptionContext:a. The condition will not be evaluated for these actions. We recommend that you move these actions to a different statement without this condition key.",
			[]string{`Statement[0].Action[1] = "kms:DescribeKey"`, in + `.StringEquals.kms:EncryptionContext:a = "b"`}},
		{"DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", identity(), tags("Deny", none), "Using the effect Deny with the tag condition key aws:ResourceTag/a and actions for services with the following prefixes can be overly permissive: s3. Actions for the listed services are not denied by this statement. We recommend that you move these actions to a different statement without this condition key.",
			[]string{`Statement[0].Action[0] = "s3:ListAllMyBuckets"`, key}},
		{"ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", identity(), tags("Allow", none), "Using the effect Allow with the tag condition key aws:ResourceTag/a and actions for services with the following prefixes does not affect the policy: s3. Actions for the listed service are not allowed by this statement. We recommend that you move these actions to a different statement without this condition key.",
			[]string{`Statement[0].Action[0] = "s3:ListAllMyBuckets"`, key}},
		{"DENY_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", identity(), tags("Deny", `"NotAction":"kms:*"`), "Using the effect Deny with NotAction and the tag condition key aws:ResourceTag/a can be overly permissive because some service actions are not denied by this statement. This is because the condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction.",
			[]string{`Statement[0].NotAction = "kms:*"`, key}},
		{"ALLOW_NOTACTION_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE", identity(), tags("Allow", `"NotAction":"kms:*"`), "Using the effect Allow with NotAction and the tag condition key aws:ResourceTag/a allows only service actions that support the condition key. The condition key doesn't apply to some service actions. We recommend that you use Action instead of NotAction.",
			[]string{`Statement[0].NotAction = "kms:*"`, key}},
	}
}

func valueCases() []issueCase {
	const in = "Statement[0].Condition"
	const list = " Refer to https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html for the list of sensitive keys."
	return []issueCase{
		{"EMPTY_ARRAY_CONDITION", identity(), when(`"StringEquals":{"aws:username":[]}`), "There are no values for the condition key aws:username and it does not affect the policy. Specify conditions.", []string{in + ".StringEquals.aws:username = []"}},
		{"EMPTY_ARRAY_CONDITION_FORALLVALUES", identity(), when(`"ForAllValues:StringEquals":{"aws:TagKeys":[]}`), "The ForAllValues prefix with an empty condition key matches only if the key aws:TagKeys is missing from the request context. To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead.", []string{in + ".ForAllValues:StringEquals.aws:TagKeys = []"}},
		{"EMPTY_ARRAY_CONDITION_FORANYVALUE", identity(), when(`"ForAnyValue:StringEquals":{"aws:TagKeys":[]}`), "The ForAnyValue prefix with an empty condition key aws:TagKeys never matches the request context and it does not affect the policy. Specify conditions.", []string{in + ".ForAnyValue:StringEquals.aws:TagKeys = []"}},
		{"EMPTY_ARRAY_CONDITION_IFEXISTS", identity(), when(`"StringEqualsIfExists":{"aws:username":[]}`), "The IfExists suffix with an empty condition key matches only if the key aws:username is missing from the request context. To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead.", []string{in + ".StringEqualsIfExists.aws:username = []"}},
		{"INVALID_CONDITION_DATA_TYPE", identity(), when(`"StringEquals":{"aws:username":["a",1]}`), "", []string{in + `.StringEquals.aws:username = ["a",1]`}},
		{"INVALID_CONDITION_MULTIPLE_BOOLEAN", identity(), when(`"Bool":{"aws:SecureTransport":["true","false"]}`), "", []string{in + `.Bool.aws:SecureTransport = ["true","false"]`}},
		{"INVALID_VARIABLE_FOR_OPERATOR", identity(), when(`"NumericEquals":{"aws:MultiFactorAuthAge":"${aws:PrincipalTag/a}"}`), "", []string{in + `.NumericEquals.aws:MultiFactorAuthAge = "${aws:PrincipalTag/a}"`}},
		{"INVALID_DATE_VALUE", identity(), when(`"DateLessThan":{"aws:CurrentTime":"2021"}`), "The date 2021 might not resolve as expected. We recommend that you use the YYYY-MM-DD format.", []string{in + `.DateLessThan.aws:CurrentTime = "2021"`}},
		{"TYPE_MISMATCH_DATE", identity(), when(`"DateLessThan":{"aws:CurrentTime":"tomorrow"}`), "", []string{in + `.DateLessThan.aws:CurrentTime = "tomorrow"`}},
		{"TYPE_MISMATCH_BOOLEAN", identity(), when(`"Bool":{"aws:SecureTransport":"yes"}`), "Add a valid Boolean value (true or false) for the condition operator Bool.", []string{in + `.Bool.aws:SecureTransport = "yes"`}},
		{"TYPE_MISMATCH_NUMBER", identity(), when(`"NumericLessThan":{"aws:MultiFactorAuthAge":"1h"}`), "Add a valid numeric value for the condition operator NumericLessThan.", []string{in + `.NumericLessThan.aws:MultiFactorAuthAge = "1h"`}},
		{"TYPE_MISMATCH_STRING", identity(), when(`"BinaryEquals":{"lambda:x":"%"}`), "Add a valid base64-encoded string value for the condition operator BinaryEquals.", []string{in + `.BinaryEquals.lambda:x = "%"`}},
		{"TYPE_MISMATCH_IP_RANGE", identity(), when(`"IpAddress":{"aws:SourceIp":["203.0.113.0/24","203.0.113/24"]}`), "The condition operator IpAddress is used with an invalid IP range value. Specify the IP range in standard CIDR format.", []string{in + `.IpAddress.aws:SourceIp[1] = "203.0.113/24"`}},
		{"IMPROVE_IP_RANGE", identity(), when(`"IpAddress":{"aws:SourceIp":"203.0.113.7/24"}`), "The non-zero bits in the IP address after the masked bits are ignored. Replace address with 203.0.113.0/24.", []string{in + `.IpAddress.aws:SourceIp = "203.0.113.7/24"`}},
		{"PRIVATE_IP_ADDRESS", identity(), when(`"IpAddress":{"aws:SourceIp":"10.0.0.0/16"}`), "", []string{in + `.IpAddress.aws:SourceIp = "10.0.0.0/16"`}},
		{"PRIVATE_NOT_IP_ADDRESS", identity(), when(`"NotIpAddress":{"aws:SourceIp":"fd00::/8"}`), "", []string{in + `.NotIpAddress.aws:SourceIp = "fd00::/8"`}},
		{"PRIVATE_IP_ADDRESS_SUBSET", identity(), when(`"IpAddress":{"aws:SourceIp":["10.0.0.0/16","203.0.113.0/24"]}`), "", []string{in + `.IpAddress.aws:SourceIp = ["10.0.0.0/16","203.0.113.0/24"]`}},
		{"PRIVATE_NOT_IP_ADDRESS_SUBSET", identity(), when(`"NotIpAddress":{"aws:SourceIp":["10.0.0.0/16","203.0.113.0/24"]}`), "", []string{in + `.NotIpAddress.aws:SourceIp = ["10.0.0.0/16","203.0.113.0/24"]`}},
		{"INVALID_REGION", identity(), when(`"StringEquals":{"aws:RequestedRegion":["eu-west-1","eu-west-9"]}`), "The Region eu-west-9 is not valid. Update the condition value to a supported Region.", []string{in + `.StringEquals.aws:RequestedRegion[1] = "eu-west-9"`}},
		{"INVALID_VPC_FORMAT", identity(), when(`"StringEquals":{"aws:SourceVpc":"vpc-1"}`), "", []string{in + `.StringEquals.aws:SourceVpc = "vpc-1"`}},
		{"INVALID_VPCE_FORMAT", identity(), when(`"StringEquals":{"aws:SourceVpce":"vpc-12345678"}`), "", []string{in + `.StringEquals.aws:SourceVpce = "vpc-12345678"`}},
		{"INVALID_KMS_KEY_VALUE", identity(), with(`{"Effect":"Deny","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*","Condition":{"StringEquals":{"s3:x-amz-server-side-encryption-aws-kms-key-id":"1234"}}}`), "The s3:x-amz-server-side-encryption-aws-kms-key-id condition key value must be a valid KMS key ARN.", []string{in + `.StringEquals.s3:x-amz-server-side-encryption-aws-kms-key-id = "1234"`}},
		{"INVALID_SERVICE_PRINCIPAL_FORMAT", identity(), with(`{"Effect":"Deny","Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:ViaService":"s3.amazonaws.com"}}}`), "The service principal does not match the expected format. Use the format service-name.AWS_region.amazonaws.com.", []string{in + `.StringEquals.kms:ViaService = "s3.amazonaws.com"`}},
		{"WILDCARD_WITHOUT_LIKE_OPERATOR", identity(), when(`"StringEquals":{"aws:username":"dev-*"}`), "", []string{in + `.StringEquals.aws:username = "dev-*"`}},
		{"WILDCARD_USAGE_TOO_PERMISSIVE", identity(), when(`"StringLike":{"aws:PrincipalOrgID":"o-*"}`), "The wildcard is not allowed in the condition key aws:PrincipalOrgID. We consider the key to be sensitive and wildcards are not allowed to be used with sensitive keys." + list, []string{in + `.StringLike.aws:PrincipalOrgID = "o-*"`}},
		{"WILDCARD_USAGE_TOO_PERMISSIVE", identity(), when(`"StringLike":{"aws:userid":["AROA*","AROADBQP57FF2AEXAMPLE:*","*:me"]}`), "Overly permissive use of wildcard with aws:userID. Use the wildcard on the right side of colon or as the only character on the left side of a colon.", []string{in + `.StringLike.aws:userid[0] = "AROA*"`}},
		{"VARIABLE_USAGE_TOO_PERMISSIVE", identity(), when(`"StringEquals":{"aws:ResourceAccount":["${aws:PrincipalAccount}","${aws:PrincipalTag/a}"]}`), "The policy variable is not allowed in the condition key aws:ResourceAccount. We consider the key to be sensitive and policy variables can be evaluated as effective wildcards. Therefore policy variables are not allowed to be used with sensitive keys." + list,
			[]string{in + `.StringEquals.aws:ResourceAccount[1]~0+21 = ${aws:PrincipalTag/a}`}},
		{"EQUIVALENT_TO_NULL_FALSE", identity(), when(`"StringLike":{"aws:username":"*"}`), "We recommend replacing the key aws:username in the condition block of StringLike with {aws:username: false} to ensure better enforcement of the condition.", []string{in + `.StringLike.{aws:username} = "aws:username"`}},
		{"EQUIVALENT_TO_NULL_TRUE", identity(), when(`"StringNotLike":{"aws:username":"*"}`), "We recommend replacing the key aws:username in the condition block of StringNotLike with {aws:username: true} to ensure better enforcement of the condition.", []string{in + `.StringNotLike.{aws:username} = "aws:username"`}},
		{"REDUNDANT_KEY_DUE_TO_WILDCARD_IN_CONDITION", identity(), when(`"StringLikeIfExists":{"aws:username":"*"}`), "The key aws:username in the condition block of StringLikeIfExists is redundant because it is always matched. Remove this key to simplify the condition.", []string{in + `.StringLikeIfExists.{aws:username} = "aws:username"`}},
		{"REDUNDANT_STATEMENT_DUE_TO_WILDCARD_IN_CONDITION", identity(), when(`"ForAnyValue:StringNotLike":{"aws:TagKeys":"*"}`), "The key aws:TagKeys in the condition block of ForAnyValue:StringNotLike does not match any values. Remove this key to simplify the condition.", []string{in + `.ForAnyValue:StringNotLike.{aws:TagKeys} = "aws:TagKeys"`}},
		{"REDUNDANT_CONDITION_VALUE_NUM", identity(), when(`"NumericLessThan":{"aws:MultiFactorAuthAge":["2700","3600"]}`), "Multiple values in NumericLessThan are redundant. Replace with the greatest single value for aws:MultiFactorAuthAge.", []string{in + `.NumericLessThan.aws:MultiFactorAuthAge = ["2700","3600"]`}},
	}
}

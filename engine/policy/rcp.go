package policy

import "strings"

// HasRCPs reports whether resource control policies cover the service of that action prefix. AWS documentation: "Resource control
// policies (RCPs)", services that support RCPs; the list is that of the Service Authorization Reference.
func HasRCPs(service string) bool {
	switch strings.ToLower(service) {
	case "aoss", "appconfig", "appstream", "autoscaling", "autoscaling-plans", "budgets", "clouddirectory",
		"cloudfront", "cloudsearch", "cloudtrail-data", "codeartifact", "codebuild", "codecommit", "codepipeline",
		"cognito-identity", "cognito-idp", "comprehend", "comprehendmedical", "compute-optimizer",
		"cost-optimization-hub", "dax", "dsql", "dynamodb", "ecr", "ecr-public", "events", "firehose", "fis", "fms",
		"gamelift", "health", "inspector-scan", "kendra", "kinesisvideo", "kms", "logs", "memorydb",
		"networkmonitor", "notifications", "opensearch", "pca-connector-ad", "personalize", "polly", "pricing",
		"resource-groups", "rolesanywhere", "s3", "secretsmanager", "servicediscovery", "signin", "sqs", "sts",
		"support", "swf", "textract", "timestream-influxdb", "transcribe", "transfer", "translate", "wafv2",
		"workspaces", "xray":
		return true
	}
	return false
}

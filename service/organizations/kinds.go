package organizations

import (
	api "vauban/api/organizations"
	"vauban/engine/policy"
)

// kind is what AWS documents of a policy type.
type kind struct {
	size            int   // characters of a document, white space included
	perNode         int   // policies of the type at one node
	perOrganization int64 // policies of the type
	authorization   bool  // an SCP or RCP; else a management policy, whose effective policy is merged from all levels
	engine          policy.Kind
}

// kinds are the policy types. Organizations User Guide: "Quotas and service limits for AWS Organizations"; SCPs as of May 2026.
var kinds = map[string]kind{
	api.PolicyTypeServiceControlPolicy:          {size: policy.ServiceControlSize, perNode: policy.MaxNodeSCPs, perOrganization: 10_000, authorization: true, engine: policy.ServiceControlPolicy},
	api.PolicyTypeResourceControlPolicy:         {size: policy.ResourceControlSize, perNode: policy.MaxNodeRCPs, perOrganization: 1_000, authorization: true, engine: policy.ResourceControlPolicy},
	api.PolicyTypeTagPolicy:                     {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeBackupPolicy:                  {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeAiservicesOptOutPolicy:        {size: 2_500, perNode: 5, perOrganization: 1_000},
	api.PolicyTypeChatbotPolicy:                 {size: 10_000, perNode: 5, perOrganization: 1_000},
	api.PolicyTypeDeclarativePolicyEc2:          {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeSecurityhubPolicy:             {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeInspectorPolicy:               {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeBedrockPolicy:                 {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeS3Policy:                      {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeUpgradeRolloutPolicy:          {size: 10_000, perNode: 10, perOrganization: 1_000},
	api.PolicyTypeNetworkSecurityDirectorPolicy: {size: 10_000, perNode: 10, perOrganization: 1_000},
}

// fullAccess is the ID of the policy that AWS attaches to every node where the type is in force, "" when it attaches none.
func fullAccess(policyType string) string {
	for _, m := range awsManaged {
		if m.Type == policyType {
			return m.ID
		}
	}
	return ""
}

// awsManaged are AWS's own policies.
var awsManaged = []Policy{
	{
		ID: "p-FullAWSAccess", Type: api.PolicyTypeServiceControlPolicy, Name: "FullAWSAccess", Description: "Allows access to every operation", AWS: true,
		Content: `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Action": "*",
      "Resource": "*"
    }
  ]
}`,
	},
	{
		ID: "p-RCPFullAWSAccess", Type: api.PolicyTypeResourceControlPolicy, Name: "RCPFullAWSAccess", Description: "Allows access to every operation", AWS: true,
		Content: `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow",
      "Principal": "*",
      "Action": "*",
      "Resource": "*"
    }
  ]
}`,
	},
}

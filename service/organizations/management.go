package organizations

import (
	"errors"
	"slices"

	api "vauban/api/organizations"
	"vauban/engine/inherit"
)

// topKeys are the keys that documents of management policies begin with, for the types whose syntax pages name one.
var topKeys = map[string]string{
	api.PolicyTypeTagPolicy:              "tags",
	api.PolicyTypeBackupPolicy:           "plans",
	api.PolicyTypeAiservicesOptOutPolicy: "services",
	api.PolicyTypeChatbotPolicy:          "chatbot",
	api.PolicyTypeDeclarativePolicyEc2:   "ec2_attributes",
	api.PolicyTypeSecurityhubPolicy:      "securityhub",
}

// checkManagement refuses what is no management policy of the type.
func checkManagement(policyType, content string) error {
	malformed := api.MalformedPolicyDocumentException.New("The provided policy document does not meet the requirements of the specified policy type.")
	p, err := inherit.Parse("", []byte(content))
	if err != nil {
		return malformed.Because(err)
	}
	if top := topKeys[policyType]; top != "" && !slices.Equal(p.Keys(), []string{top}) {
		return malformed.Because(errors.New("a " + policyType + " has the one key " + top + " at its top"))
	}
	return nil
}

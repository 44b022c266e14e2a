package organizations

import (
	"encoding/json"

	api "vauban/api/organizations"
)

// checkManagement refuses what is no management policy.
func checkManagement(content string) error {
	var top map[string]any
	if err := json.Unmarshal([]byte(content), &top); err != nil {
		return api.MalformedPolicyDocumentException.New("The provided policy document does not meet the requirements of the specified policy type.").Because(err)
	}
	return nil
}

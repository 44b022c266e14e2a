package logs

import (
	"encoding/json"
	"fmt"
	"slices"

	api "vauban/api/logs"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// deliveryPolicy is the resource policy that lets the delivering service write into log groups. AWS makes it in the name of who names a log group as a destination. User
// Guide: "Logs sent to CloudWatch Logs".
const deliveryPolicy = "AWSLogDeliveryWrite20150319"

// deliveryStatement is a statement of it.
type deliveryStatement struct {
	Sid       string
	Effect    string
	Principal map[string]string
	Action    []string
	Resource  []string
	Condition map[string]map[string]string
}

// admitDelivery lets the delivering service write into a log group, unless that has been done. Who causes it must be allowed logs:PutResourcePolicy.
func (s *Service) admitDelivery(c *service.Call, tx store.Tx, group string) error {
	p := &ResourcePolicy{Account: c.Account, Region: c.Region, Name: deliveryPolicy}
	var doc struct {
		Version   string
		Statement []json.RawMessage
	}
	have, err := resourcePolicies.Get(tx, resourcePolicies.Key(p))
	if err == nil {
		if err := json.Unmarshal([]byte(have.Text), &doc); err != nil { // one statement that is no list
			return invalid("The resource policy %s must have a list of statements to be added to.", deliveryPolicy).Because(err)
		}
		p = have
	} else if !store.IsAbsent(err) {
		return err
	}
	target := groupARN(c.Account, c.Region, group) + ":log-stream:*"
	for _, raw := range doc.Statement {
		var x deliveryStatement
		if json.Unmarshal(raw, &x) == nil && x.Effect == "Allow" && x.Principal["Service"] == deliverer && slices.Contains(x.Resource, target) {
			return nil
		}
	}
	raw, err := json.Marshal(deliveryStatement{
		Sid: fmt.Sprintf("AWSLogDeliveryWrite%d", len(doc.Statement)), Effect: "Allow", Principal: map[string]string{"Service": deliverer},
		Action: []string{"logs:CreateLogStream", "logs:PutLogEvents"}, Resource: []string{target},
		Condition: map[string]map[string]string{"StringEquals": {"aws:SourceAccount": c.Account}, "ArnLike": {"aws:SourceArn": "arn:aws:logs:" + c.Region + ":" + c.Account + ":*"}},
	})
	if err != nil {
		return err
	}
	doc.Version, doc.Statement = policy.Version2012, append(doc.Statement, raw)
	text, err := json.Marshal(doc)
	if err != nil {
		return err
	}
	if len(text) > maxPolicySize {
		return api.LimitExceededException.New("The resource policy %s would have more than %d characters.", deliveryPolicy, maxPolicySize)
	}
	p.Text, p.Updated = string(text), c.Time
	if p.Revision, err = s.newUUID(); err != nil {
		return err
	}
	return resourcePolicies.Put(tx, p)
}

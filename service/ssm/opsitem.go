package ssm

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"time"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// OpsItem is something that somebody has to look at. User Guide: "AWS Systems Manager OpsCenter".
type OpsItem struct {
	Account, Region, ID        string
	Title, Description, Source string
	Category, Severity         string `json:",omitempty"`
	Status                     string
	Priority                   int64             `json:",omitempty"`
	Data                       map[string]Datum  `json:",omitempty"`
	Related                    []string          `json:",omitempty"` // OpsItems
	Tags                       map[string]string `json:",omitempty"`
	Created, Modified          time.Time
	CreatedBy, ModifiedBy      string
	Version                    int64
}

// Datum is a value of an OpsItem's operational data.
type Datum struct{ Type, Value string }

var opsItems = &store.Table[OpsItem]{
	Name: "ssm.opsitem",
	Key:  func(o *OpsItem) store.Key { return store.K(o.Account, o.Region, -o.Created.UnixNano(), o.ID) },
	Unique: map[string]func(*OpsItem) store.Key{
		"id": func(o *OpsItem) store.Key { return store.K(o.Account, o.Region, o.ID) },
		"dedup": func(o *OpsItem) store.Key {
			text := o.dedup()
			if text == "" || o.Status == api.OpsItemStatusResolved {
				return nil
			}
			return store.K(o.Account, o.Region, text)
		},
	},
}

const (
	typeOpsItem = "AWS::SSM::OpsItem"
	maxData     = 20 << 10 // bytes of operational data
	maxItems    = 5000     // keys
	dedupKey    = "/aws/dedup"
)

// dedup is the text that only one OpsItem that is not resolved can have. User Guide: "Managing duplicate OpsItems".
func (o *OpsItem) dedup() string {
	var d struct {
		Text string `json:"dedupString"`
	}
	if json.Unmarshal([]byte(o.Data[dedupKey].Value), &d) != nil {
		return ""
	}
	return d.Text
}

func opsItemARN(partition, region, account, id string) string {
	return "arn:" + partition + ":ssm:" + region + ":" + account + ":opsitem/" + id
}

func (s *Service) opsItemOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateOpsItem, s.onNewOpsItem, s.createOpsItem),
		service.Writes(api.OpUpdateOpsItem, func(c *service.Call, in *api.UpdateOpsItemInput) ([]service.Question, error) {
			q, err := opsItemQuestion(c, *in.OpsItemId)
			return []service.Question{q}, err
		}, s.updateOpsItem),
		service.Reads(api.OpGetOpsItem, func(c *service.Call, in *api.GetOpsItemInput) ([]service.Question, error) {
			q, err := opsItemQuestion(c, *in.OpsItemId)
			return []service.Question{q}, err
		}, s.getOpsItem),
		service.Reads(api.OpDescribeOpsItems, onAny[api.DescribeOpsItemsInput], s.describeOpsItems),
	}
}

func opsItemQuestion(c *service.Call, id string) (service.Question, error) {
	q := service.Question{Resource: opsItemARN(c.Partition, c.Region, c.Account, id), ResourceType: typeOpsItem, Context: map[string][]string{}}
	o, err := opsItems.ByUnique(c.Tx, "id", store.K(c.Account, c.Region, id))
	if err != nil && !store.IsAbsent(err) {
		return q, err
	}
	f := found{}
	if err == nil {
		f.opsItem = o
		service.ResourceTags(q.Context, service.TagMap(o.Tags), ownTags)
	}
	c.Found = f
	return q, nil
}

// alarms is the service principal by which alarms create OpsItems. In AWS it acts with a service-linked role, which it does not need here: it
// may create OpsItems in the account of the alarm and nothing else. CloudWatch User Guide: "Using service-linked roles".
const alarms = "ssm.alarms.cloudwatch.amazonaws.com"

func (s *Service) onNewOpsItem(c *service.Call, in *api.CreateOpsItemInput) ([]service.Question, error) {
	q := service.Question{Resource: "*", Context: map[string][]string{}}
	service.RequestTags(q.Context, service.Tags(in.Tags))
	if c.Caller.Kind == policy.Service {
		text := fmt.Sprintf(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":%q},"Action":"ssm:CreateOpsItem","Resource":"*","Condition":{"StringEquals":{"aws:SourceAccount":%q}}}]}`, alarms, c.Account)
		doc, err := s.policies.Parse(text)
		if err != nil {
			return nil, err
		}
		q.Policy = &policy.Named{Name: "OpsItems of alarms", Document: doc}
	}
	out := []service.Question{q}
	if len(in.Tags) > 0 {
		more := q
		more.Action = "ssm:AddTagsToResource"
		more.Resource = opsItemARN(c.Partition, c.Region, c.Account, "*")
		out = append(out, more)
	}
	return out, nil
}

func badOpsItem(name, format string, args ...any) *wire.Error {
	return api.OpsItemInvalidParameterException.New(format, args...).With("ParameterNames", []string{name})
}

func (s *Service) createOpsItem(c *service.Call, in *api.CreateOpsItemInput) (*api.CreateOpsItemOutput, error) {
	switch {
	case in.AccountId != nil && *in.AccountId != c.Account:
		return nil, badOpsItem("AccountId", "OpsItems of other accounts are not built in this version of Vauban.")
	case in.OpsItemType != nil && *in.OpsItemType != "/aws/issue":
		return nil, badOpsItem("OpsItemType", "OpsItems of the type %s are not built in this version of Vauban.", clipped(*in.OpsItemType))
	case in.Notifications != nil:
		return nil, badOpsItem("Notifications", "Notifications are not built in this version of Vauban: have an EventBridge rule send them.")
	case in.PlannedStartTime != nil || in.PlannedEndTime != nil || in.ActualStartTime != nil || in.ActualEndTime != nil:
		return nil, badOpsItem("PlannedStartTime", "Planned and actual times are those of change requests, which are not built in this version of Vauban.")
	}
	tags, err := withTags(nil, in.Tags)
	if err != nil {
		return nil, err
	}
	id := make([]byte, 6)
	if _, err := io.ReadFull(s.Rand, id); err != nil {
		return nil, fmt.Errorf("random ID: %w", err)
	}
	who := c.Caller.ARN
	if who == "" {
		who = c.Caller.ServiceName
	}
	o := &OpsItem{
		Account: c.Account, Region: c.Region, ID: "oi-" + hex.EncodeToString(id), Title: *in.Title, Description: *in.Description, Source: *in.Source,
		Category: wire.Text(in.Category), Severity: wire.Text(in.Severity), Status: api.OpsItemStatusOpen, Tags: tags,
		Created: c.Time, Modified: c.Time, CreatedBy: who, ModifiedBy: who, Version: 1, Related: relatedIDs(in.RelatedOpsItems),
	}
	if in.Priority != nil {
		o.Priority = *in.Priority
	}
	if err := o.add(in.OperationalData); err != nil {
		return nil, err
	}
	if err := o.unlike(c.Tx); err != nil {
		return nil, err
	}
	arn := opsItemARN(c.Partition, c.Region, c.Account, o.ID)
	return &api.CreateOpsItemOutput{OpsItemId: &o.ID, OpsItemArn: &arn}, opsItems.Insert(c.Tx, o)
}

func relatedIDs(list []api.RelatedOpsItem) []string {
	var out []string
	for _, r := range list {
		out = append(out, wire.Text(r.OpsItemId))
	}
	return out
}

// add sets operational data. Keys of /aws/ are for what AWS knows.
func (o *OpsItem) add(data map[string]api.OpsItemDataValue) error {
	if len(data) == 0 {
		return nil
	}
	now := maps.Clone(o.Data)
	if now == nil {
		now = map[string]Datum{}
	}
	size := 0
	for k, v := range data {
		d := Datum{wire.Text(v.Type), wire.Text(v.Value)}
		if d.Type == "" {
			d.Type = api.OpsItemDataTypeString
		}
		if k == dedupKey && !json.Valid([]byte(d.Value)) {
			return badOpsItem("OperationalData", `The value of /aws/dedup must be JSON like {"dedupString":"text"}.`)
		}
		now[k] = d
	}
	for k, d := range now {
		size += len(k) + len(d.Value)
	}
	if size > maxData || len(now) > maxItems {
		return api.OpsItemLimitExceededException.New("The operational data of an OpsItem can have %d bytes at most.", maxData)
	}
	o.Data = now
	return nil
}

// unlike refuses an OpsItem that is there already.
func (o *OpsItem) unlike(tx store.Tx) error {
	text := o.dedup()
	if text == "" || o.Status == api.OpsItemStatusResolved {
		return nil
	}
	other, err := opsItems.ByUnique(tx, "dedup", store.K(o.Account, o.Region, text))
	switch {
	case store.IsAbsent(err) || err == nil && other.ID == o.ID:
		return nil
	case err != nil:
		return err
	}
	return api.OpsItemAlreadyExistsException.New("An OpsItem with the same deduplication string already exists: %s.", other.ID).With("OpsItemId", &other.ID)
}

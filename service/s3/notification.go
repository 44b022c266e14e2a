package s3

import (
	"slices"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

func (s *Service) notificationOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketNotificationConfiguration, onBucket[api.GetBucketNotificationConfigurationInput](s, nil), s.getBucketNotification),
		service.Acts(api.OpPutBucketNotificationConfiguration, onBucket[api.PutBucketNotificationConfigurationInput](s, nil), s.putBucketNotification),
	}
}

func (s *Service) getBucketNotification(c *service.Call, _ *api.GetBucketNotificationConfigurationInput) (*api.GetBucketNotificationConfigurationOutput, error) {
	n, err := notificationKind.in(c.Tx, foundIn(c).bucket)
	out := &api.GetBucketNotificationConfigurationOutput{}
	if err != nil || n == nil {
		return out, err
	}
	for i := range n.Queues {
		q := &n.Queues[i]
		shown := api.QueueConfiguration{Id: &q.ID, QueueArn: &q.Queue, Events: q.Events}
		if q.Filter {
			shown.Filter = &api.NotificationConfigurationFilter{Key: &api.S3KeyFilter{FilterRules: q.rules()}}
		}
		out.QueueConfigurations = append(out.QueueConfigurations, shown)
	}
	return out, nil
}

func (n *notified) rules() (rules []api.FilterRule) {
	if n.Prefix != "" {
		rules = append(rules, api.FilterRule{Name: new("Prefix"), Value: &n.Prefix})
	}
	if n.Suffix != "" {
		rules = append(rules, api.FilterRule{Name: new("Suffix"), Value: &n.Suffix})
	}
	return rules
}

// putBucketNotification checks the configuration, has each queue take a test message, and stores what it said. An empty configuration ends all
// notifications.
func (s *Service) putBucketNotification(c *service.Call, in *api.PutBucketNotificationConfigurationInput) (*api.PutBucketNotificationConfigurationOutput, error) {
	set := in.NotificationConfiguration
	if set.EventBridgeConfiguration != nil || len(set.TopicConfigurations) > 0 || len(set.LambdaFunctionConfigurations) > 0 {
		return nil, errNotImplemented.New("Buckets notify SQS queues in this version of Vauban; topics, functions and event buses are not built. Nothing was set.")
	}
	n := &notifications{Queues: []notified{}}
	seen := map[string]bool{}
	for i := range set.QueueConfigurations {
		q, err := s.queueToNotify(&set.QueueConfigurations[i])
		if err != nil {
			return nil, err
		}
		if seen[q.ID] {
			return nil, invalid("ID", q.ID, "Configuration Ids should be unique")
		}
		seen[q.ID] = true
		n.Queues = append(n.Queues, *q)
	}
	if err := n.checkOverlap(); err != nil {
		return nil, err
	}
	if b := foundIn(c).bucket; !is(in.SkipDestinationValidation) {
		for i := range n.Queues {
			if err := s.probe(c, b, n.Queues[i].Queue); err != nil {
				return nil, invalid(n.Queues[i].Queue, "null", "Unable to validate the following destination configurations").Because(err)
			}
		}
	}
	err := c.Commit(func(tx store.Tx) error {
		if b := foundIn(c).bucket; len(n.Queues) > 0 {
			return notificationKind.put(tx, b, n)
		} else {
			return notificationKind.drop(tx, b)
		}
	})
	return &api.PutBucketNotificationConfigurationOutput{}, err
}

// notifiedEvents are the events that happen here.
var notifiedEvents = []string{
	"s3:ObjectCreated:*", eventPut, eventPost, eventCopy, eventCompleted, "s3:ObjectRemoved:*", eventDelete, eventMarker,
	"s3:LifecycleExpiration:*", eventExpired, eventExpiredMarker,
}

// The events.
const (
	eventPut           = "s3:ObjectCreated:Put"
	eventPost          = "s3:ObjectCreated:Post"
	eventCopy          = "s3:ObjectCreated:Copy"
	eventCompleted     = "s3:ObjectCreated:CompleteMultipartUpload"
	eventDelete        = "s3:ObjectRemoved:Delete"
	eventMarker        = "s3:ObjectRemoved:DeleteMarkerCreated"
	eventExpired       = "s3:LifecycleExpiration:Delete"
	eventExpiredMarker = "s3:LifecycleExpiration:DeleteMarkerCreated"
)

func (s *Service) queueToNotify(q *api.QueueConfiguration) (*notified, error) {
	d := destination{"sqs", wire.Text(q.QueueArn), q.Filter}
	if err := d.check(); err != nil {
		return nil, err
	}
	if strings.HasSuffix(d.arn, ".fifo") {
		return nil, invalid(d.arn, "null", "Unable to validate the following destination configurations") // S3 notifies no FIFO queues
	}
	out := &notified{ID: wire.Text(q.Id), Queue: d.arn, Events: q.Events, Filter: q.Filter != nil && q.Filter.Key != nil}
	if out.ID == "" {
		id, err := s.newUUID()
		if err != nil {
			return nil, err
		}
		out.ID = id
	}
	for _, e := range q.Events {
		if !slices.Contains(notifiedEvents, e) {
			return nil, errNotImplemented.New("Notifications of the event %s are not built in this version of Vauban; nothing was set.", e)
		}
	}
	if out.Filter {
		for _, r := range q.Filter.Key.FilterRules {
			if strings.EqualFold(wire.Text(r.Name), "prefix") {
				out.Prefix = wire.Text(r.Value)
			} else {
				out.Suffix = wire.Text(r.Value)
			}
		}
	}
	return out, nil
}

// checkOverlap refuses two configurations that would tell of the same event of the same object.
func (n *notifications) checkOverlap() error {
	for i := range n.Queues {
		for j := range i {
			a, b := &n.Queues[i], &n.Queues[j]
			common := slices.ContainsFunc(notifiedEvents, func(e string) bool {
				return !strings.HasSuffix(e, "*") && a.tells(e) && b.tells(e)
			})
			if common && either(strings.HasPrefix, a.Prefix, b.Prefix) && either(strings.HasSuffix, a.Suffix, b.Suffix) {
				return invalid("Configuration", "", "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the prefixes are overlapping for the same event type.")
			}
		}
	}
	return nil
}

// tells reports whether the queue is told of the event, of some object.
func (n *notified) tells(event string) bool { return n.wants(event, n.Prefix+n.Suffix) }

func either(is func(s, part string) bool, a, b string) bool { return is(a, b) || is(b, a) }

// destination is where a notification is to go.
type destination struct {
	service, arn string
	filter       *api.NotificationConfigurationFilter
}

func (d *destination) check() *wire.Error {
	a, err := arn.Parse(d.arn)
	if err != nil || a.Service != d.service || !arn.IsAccount(a.Account) || strings.Contains(a.Resource, "/") {
		return invalid("ARN", d.arn, "The ARN could not be parsed")
	}
	if d.filter == nil || d.filter.Key == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, r := range d.filter.Key.FilterRules {
		name := strings.ToLower(wire.Text(r.Name))
		if name != api.FilterRuleNamePrefix && name != api.FilterRuleNameSuffix {
			return invalid("FilterRule.Name", name, "filter rule name must be either prefix or suffix")
		}
		if seen[name] {
			return invalid("FilterRule.Name", name, "Cannot specify more than one "+name+" rule in a filter.")
		}
		seen[name] = true
	}
	return nil
}

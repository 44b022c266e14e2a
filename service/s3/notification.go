package s3

import (
	"slices"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/service/target"
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
	if n.EventBridge {
		out.EventBridgeConfiguration = &api.EventBridgeConfiguration{}
	}
	for i := range n.To {
		q := &n.To[i]
		var filter *api.NotificationConfigurationFilter
		if q.Filter {
			filter = &api.NotificationConfigurationFilter{Key: &api.S3KeyFilter{FilterRules: q.rules()}}
		}
		switch target.Kind(q.ARN) {
		case "sqs":
			out.QueueConfigurations = append(out.QueueConfigurations, api.QueueConfiguration{Id: &q.ID, QueueArn: &q.ARN, Events: q.Events, Filter: filter})
		case "sns":
			out.TopicConfigurations = append(out.TopicConfigurations, api.TopicConfiguration{Id: &q.ID, TopicArn: &q.ARN, Events: q.Events, Filter: filter})
		case "lambda":
			out.LambdaFunctionConfigurations = append(out.LambdaFunctionConfigurations,
				api.LambdaFunctionConfiguration{Id: &q.ID, LambdaFunctionArn: &q.ARN, Events: q.Events, Filter: filter})
		}
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

// putBucketNotification checks the configuration, has each destination show that it lets the bucket in, and stores what it said. An empty
// configuration ends all notifications.
func (s *Service) putBucketNotification(c *service.Call, in *api.PutBucketNotificationConfigurationInput) (*api.PutBucketNotificationConfigurationOutput, error) {
	n := &notifications{To: []notified{}, EventBridge: in.NotificationConfiguration.EventBridgeConfiguration != nil}
	seen := map[string]bool{}
	for _, d := range destinationsIn(in.NotificationConfiguration) {
		q, err := s.notifiedAt(&d, foundIn(c).bucket.Region)
		if err != nil {
			return nil, err
		}
		if seen[q.ID] {
			return nil, invalid("ID", q.ID, "Configuration Ids should be unique")
		}
		seen[q.ID] = true
		n.To = append(n.To, *q)
	}
	if err := n.checkOverlap(); err != nil {
		return nil, err
	}
	if b := foundIn(c).bucket; !is(in.SkipDestinationValidation) {
		for i := range n.To {
			if err := s.probe(c, b, n.To[i].ARN); err != nil {
				return nil, unvalidated(n.To[i].ARN).Because(err)
			}
		}
	}
	err := c.Commit(func(tx store.Tx) error {
		if b := foundIn(c).bucket; len(n.To) > 0 || n.EventBridge {
			return notificationKind.put(tx, b, n)
		} else {
			return notificationKind.drop(tx, b)
		}
	})
	return &api.PutBucketNotificationConfigurationOutput{}, err
}

func unvalidated(destination string) *wire.Error {
	return invalid(destination, "null", "Unable to validate the following destination configurations")
}

// destinationsIn are the queues, topics and functions of a configuration.
func destinationsIn(set *api.NotificationConfiguration) (all []destination) {
	for _, q := range set.QueueConfigurations {
		all = append(all, destination{"sqs", wire.Text(q.Id), wire.Text(q.QueueArn), q.Events, q.Filter})
	}
	for _, t := range set.TopicConfigurations {
		all = append(all, destination{"sns", wire.Text(t.Id), wire.Text(t.TopicArn), t.Events, t.Filter})
	}
	for _, f := range set.LambdaFunctionConfigurations {
		all = append(all, destination{"lambda", wire.Text(f.Id), wire.Text(f.LambdaFunctionArn), f.Events, f.Filter})
	}
	return all
}

// notifiedEvents are the events that happen here.
var notifiedEvents = []string{
	"s3:ObjectCreated:*", eventPut, eventPost, eventCopy, eventCompleted, "s3:ObjectRemoved:*", eventDelete, eventMarker,
	"s3:LifecycleExpiration:*", eventExpired, eventExpiredMarker, "s3:ObjectTagging:*", eventTagged, eventUntagged,
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
	eventTagged        = "s3:ObjectTagging:Put"
	eventUntagged      = "s3:ObjectTagging:Delete"
)

func (s *Service) notifiedAt(d *destination, region string) (*notified, error) {
	if err := d.check(region); err != nil {
		return nil, err
	}
	out := &notified{ID: d.id, ARN: d.arn, Events: d.events, Filter: d.filter != nil && d.filter.Key != nil}
	if out.ID == "" {
		id, err := s.newUUID()
		if err != nil {
			return nil, err
		}
		out.ID = id
	}
	for _, e := range d.events {
		if !slices.Contains(notifiedEvents, e) {
			return nil, errNotImplemented.New("Notifications of the event %s are not built in this version of Vauban; nothing was set.", e)
		}
	}
	if out.Filter {
		for _, r := range d.filter.Key.FilterRules {
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
	for i := range n.To {
		for j := range i {
			a, b := &n.To[i], &n.To[j]
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

// tells reports whether the destination is told of the event, of some object.
func (n *notified) tells(event string) bool { return n.wants(event, n.Prefix+n.Suffix) }

func either(is func(s, part string) bool, a, b string) bool { return is(a, b) || is(b, a) }

// destination is where a notification is to go, as a request says it.
type destination struct {
	service, id, arn string
	events           []string
	filter           *api.NotificationConfigurationFilter
}

func (d *destination) check(region string) *wire.Error {
	a, err := arn.Parse(d.arn)
	switch {
	case err != nil || target.Kind(d.arn) != d.service:
		return invalid("ARN", d.arn, "The ARN could not be parsed")
	case a.Region != region:
		return invalid("ARN", d.arn, "The notification destination service region is not valid for the bucket location constraint")
	case strings.HasSuffix(d.arn, ".fifo"): // S3 notifies no FIFO queues and topics
		return unvalidated(d.arn)
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

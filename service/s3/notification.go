package s3

import (
	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
)

func (s *Service) notificationOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketNotificationConfiguration, onBucket[api.GetBucketNotificationConfigurationInput](s, nil), s.getBucketNotification),
		service.Writes(api.OpPutBucketNotificationConfiguration, onBucket[api.PutBucketNotificationConfigurationInput](s, nil), s.putBucketNotification),
	}
}

// getBucketNotification answers what a bucket without notifications has: see putBucketNotification.
func (s *Service) getBucketNotification(*service.Call, *api.GetBucketNotificationConfigurationInput) (*api.GetBucketNotificationConfigurationOutput, error) {
	return &api.GetBucketNotificationConfigurationOutput{}, nil
}

// putBucketNotification takes the empty configuration alone: notifications are not delivered yet, and what is stored must have an effect. A destination
// is refused after the configuration itself was checked.
func (s *Service) putBucketNotification(c *service.Call, in *api.PutBucketNotificationConfigurationInput) (*api.PutBucketNotificationConfigurationOutput, error) {
	n := in.NotificationConfiguration
	if n.EventBridgeConfiguration != nil {
		return nil, notificationsUnbuilt()
	}
	var list []destination
	for i := range n.TopicConfigurations {
		t := &n.TopicConfigurations[i]
		list = append(list, destination{"sns", str(t.TopicArn), t.Filter})
	}
	for i := range n.QueueConfigurations {
		q := &n.QueueConfigurations[i]
		list = append(list, destination{"sqs", str(q.QueueArn), q.Filter})
	}
	for i := range n.LambdaFunctionConfigurations {
		l := &n.LambdaFunctionConfigurations[i]
		list = append(list, destination{"lambda", str(l.LambdaFunctionArn), l.Filter})
	}
	for _, t := range list {
		if err := t.check(); err != nil {
			return nil, err
		}
	}
	if len(list) > 0 {
		return nil, notificationsUnbuilt()
	}
	return &api.PutBucketNotificationConfigurationOutput{}, nil
}

func notificationsUnbuilt() *wire.Error {
	return errNotImplemented.New("Notifications of buckets are not built in this version of Vauban: nothing was set. Read the bucket's data events from a trail instead.")
}

// destination is where a notification is to go.
type destination struct {
	service, arn string
	filter       *api.NotificationConfigurationFilter
}

func (d *destination) check() *wire.Error {
	a, err := arn.Parse(d.arn)
	if err != nil || a.Service != d.service {
		return invalid("ARN", d.arn, "The ARN could not be parsed")
	}
	if d.filter == nil || d.filter.Key == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, r := range d.filter.Key.FilterRules {
		name := str(r.Name)
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

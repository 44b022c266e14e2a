package logs

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"vauban/api/lambda"
	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/eventlog/delivery"
	"vauban/service"
	"vauban/store"
)

// Subscription hands events that match to a function.
type Subscription struct {
	Account, Region, Group, Name string

	Pattern      string
	Destination  string // ARN of the function
	Distribution string `json:",omitempty"`
	Made         bool   `json:",omitempty"` // it gets what a transformer has made of events
	Created      time.Time
}

var subscriptions = &store.Table[Subscription]{
	Name: "logs.subscription",
	Key:  func(f *Subscription) store.Key { return store.K(f.Account, f.Region, f.Group, f.Name) },
}

// maxSubscriptions is the quota of a group. User Guide: "CloudWatch Logs quotas".
const maxSubscriptions = 2

func (s *Service) subscriptionOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPutSubscriptionFilter, onGroup(s, func(in *api.PutSubscriptionFilterInput) (a, b *string) { return in.LogGroupName, nil }), s.putSubscription),
		service.Writes(api.OpDeleteSubscriptionFilter, onGroup(s, func(in *api.DeleteSubscriptionFilterInput) (a, b *string) { return in.LogGroupName, nil }), s.deleteSubscription),
		service.Reads(api.OpDescribeSubscriptionFilters, onGroup(s, func(in *api.DescribeSubscriptionFiltersInput) (a, b *string) { return in.LogGroupName, nil }), s.describeSubscriptions),
	}
}

func (s *Service) putSubscription(c *service.Call, in *api.PutSubscriptionFilterInput) (*api.PutSubscriptionFilterOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	switch {
	case len(in.EmitSystemFields) > 0:
		return nil, notBuilt("emitSystemFields")
	case in.FieldSelectionCriteria != nil:
		return nil, notBuilt("fieldSelectionCriteria")
	}
	f := &Subscription{
		Account: g.Account, Region: g.Region, Group: g.Name, Name: *in.FilterName, Pattern: *in.FilterPattern, Destination: *in.DestinationArn,
		Distribution: wire.Text(in.Distribution), Created: c.Time, Made: in.ApplyOnTransformedLogs != nil && *in.ApplyOnTransformedLogs,
	}
	if _, err := s.patterns.compile(f.Pattern); err != nil {
		return nil, err
	}
	if err := checkDestination(g, f.Destination, in.RoleArn); err != nil {
		return nil, err
	}
	if err := s.invoke(c.Door, c, g, f.Destination, "DryRun", nil); err != nil {
		return nil, invalid("Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute your function.").Because(err)
	}
	return &api.PutSubscriptionFilterOutput{}, c.Commit(func(tx store.Tx) error {
		now, err := s.group(c)
		if err != nil {
			return err
		}
		if err := s.filterRoom(c, now, f.Name, f.Pattern, false, maxSubscriptions); err != nil {
			return err
		}
		if have, err := subscriptions.Get(tx, subscriptions.Key(f)); err == nil {
			f.Created = have.Created
		} else if !store.IsAbsent(err) {
			return err
		}
		return subscriptions.Put(tx, f)
	})
}

// checkDestination takes functions of the group's account and Region, and refuses the other kinds by name.
func checkDestination(g *Group, text string, role *string) error {
	a, err := arn.Parse(text)
	switch {
	case err != nil:
		return invalid("The specified destinationArn %s is not an ARN.", bounded(text, 200))
	case a.Service == "kinesis" && role == nil, a.Service == "firehose" && role == nil:
		return invalid("destinationArn for vendor %s cannot be used without roleArn", a.Service)
	case a.Service != "lambda" || !strings.HasPrefix(a.Resource, "function:"):
		return notBuilt("A subscription whose destination is not a Lambda function (" + bounded(a.Service, 40) + ")")
	case a.Account != g.Account:
		return api.AccessDeniedException.New("Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create cross account lambda triggers.")
	case a.Region != g.Region:
		return invalid("The destination must be in the same Region as the log group.")
	case role != nil:
		return invalid("destinationArn for vendor lambda cannot be used with roleArn")
	}
	return nil
}

// invoke calls the function as the service, on behalf of the group: its resource policy must let logs.amazonaws.com.
func (s *Service) invoke(door service.Door, c *service.Call, g *Group, function, kind string, payload []byte) error {
	_, err := door.Call(service.Inner(c), service.AsService("logs.amazonaws.com", g.arn()+":*", g.Account), "lambda", "Invoke",
		&lambda.InvokeInput{FunctionName: &function, InvocationType: &kind, Payload: payload})
	return err
}

func (s *Service) deleteSubscription(c *service.Call, in *api.DeleteSubscriptionFilterInput) (*api.DeleteSubscriptionFilterOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	err = subscriptions.Delete(c.Tx, groups.Key(g).With(*in.FilterName))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The specified subscription filter does not exist.")
	}
	return &api.DeleteSubscriptionFilterOutput{}, err
}

func (s *Service) describeSubscriptions(c *service.Call, in *api.DescribeSubscriptionFiltersInput) (*api.DescribeSubscriptionFiltersOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(c, "subscriptions", in.Limit, groupsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeSubscriptionFiltersOutput{SubscriptionFilters: []api.SubscriptionFilter{}}
	out.NextToken, err = visit(s, c, p, subscriptions, groups.Key(g), func(f *Subscription) (bool, error) {
		if !strings.HasPrefix(f.Name, wire.Text(in.FilterNamePrefix)) {
			return false, nil
		}
		distribution := f.Distribution
		if distribution == "" {
			distribution = api.DistributionByLogStream
		}
		out.SubscriptionFilters = append(out.SubscriptionFilters, api.SubscriptionFilter{
			FilterName: &f.Name, FilterPattern: &f.Pattern, LogGroupName: &f.Group, DestinationArn: &f.Destination, Distribution: &distribution,
			CreationTime: new(f.Created.UnixMilli()), ApplyOnTransformedLogs: new(f.Made),
		})
		return true, nil
	})
	return out, err
}

// parcel is what is delivered: not the events, but where they are, so that they lie sealed in one place only.
type parcel struct {
	Account, Region, Group, Name string // of the subscription
	ID                           string // of the group
	Stream                       string
	Number                       int64 // of the stream
	First, Last                  int64 // times of the events
	From, To                     int64 // numbers of the events, exclusive at the end
}

const kindSubscription = "logs.subscription"

// enqueue hands the events over to be delivered in the commit that brings them.
func (s *Service) enqueue(tx store.Tx, g *Group, st *Stream, subs []*Subscription, events []Event, base int64) error {
	for _, f := range subs {
		p := parcel{
			Account: f.Account, Region: f.Region, Group: f.Group, Name: f.Name, ID: g.ID, Stream: st.Name, Number: st.ID,
			First: events[0].Time, Last: events[len(events)-1].Time, From: base, To: base + int64(len(events)),
		}
		raw, err := json.Marshal(p)
		if err != nil {
			return err
		}
		if err := s.Outbound.Enqueue(tx, &delivery.Delivery{Kind: kindSubscription, Target: f.Destination, Payload: raw}); err != nil {
			return err
		}
	}
	return nil
}

// matching are the subscriptions of which any event matches.
func (s *Service) matching(subs []*Subscription, events []Event) (out []*Subscription, err error) {
	for _, f := range subs {
		p, err := s.patterns.compile(f.Pattern)
		if err != nil {
			return nil, err
		}
		for i := range events {
			if p.Match(events[i].text(f.Made)) {
				out = append(out, f)
				break
			}
		}
	}
	return out, nil
}

var errGone = errors.New("logs: the subscription, its log group or its events are gone")

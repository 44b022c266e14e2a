package sns

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	api "vauban/api/sns"
	"vauban/engine/retry"
	"vauban/service"
)

// Settings are the attributes of a topic that its owner chooses, but for its policy. API reference: "SetTopicAttributes".
type Settings struct {
	DisplayName          string              `json:",omitempty"`
	Delivery             string              `json:",omitempty"` // DeliveryPolicy, as it was given
	Key                  string              `json:",omitempty"` // KmsMasterKeyId
	Signature            string              `json:",omitempty"` // SignatureVersion, "" means 1
	Tracing              string              `json:",omitempty"`
	ContentDeduplication bool                `json:",omitempty"`
	Scope                string              `json:",omitempty"` // FifoThroughputScope, "" means Topic
	Feedback             map[string]Feedback `json:",omitempty"` // by protocol: HTTP, SQS, Lambda
}

// Feedback says where the outcome of deliveries is logged.
type Feedback struct {
	Success string `json:",omitempty"` // ARN of the role that writes
	Failure string `json:",omitempty"`
	Sample  string `json:",omitempty"` // percent of the successes, "" means none
}

// The scopes of a FIFO topic. Developer guide: "High throughput for FIFO topics in Amazon SNS".
const (
	scopeTopic = "Topic"
	scopeGroup = "MessageGroup"
)

// The attributes of topics.
const (
	attrPolicy       = "Policy"
	attrDisplayName  = "DisplayName"
	attrDelivery     = "DeliveryPolicy"
	attrKey          = "KmsMasterKeyId"
	attrSignature    = "SignatureVersion"
	attrTracing      = "TracingConfig"
	attrFIFO         = "FifoTopic"
	attrContentDedup = "ContentBasedDeduplication"
	attrScope        = "FifoThroughputScope"
	attrArchive      = "ArchivePolicy"
)

// set puts attributes into the topic, in the order of their names, so that of several wrong ones the answer always names the same.
func (s *Service) set(c *service.Call, t *Topic, attributes map[string]string, creating bool) error {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if creating && name == attrFIFO {
			if v := attributes[name]; v != "true" && v != "false" {
				return invalid("Attributes Reason: %s: Invalid value [%s]. Must be true or false.", name, bounded(v, 100))
			}
			if t.FIFO != (attributes[name] == "true") {
				return invalid("Attributes Reason: Topic already exists with different attributes")
			}
			continue
		}
		in := name
		if creating {
			in = "Attributes Reason: " + name
		}
		if err := s.setOne(c, t, in, name, attributes[name]); err != nil {
			return err
		}
	}
	return nil
}

// setOne sets one attribute. in names it in errors.
func (s *Service) setOne(c *service.Call, t *Topic, in, name, value string) error {
	x := &t.Settings
	switch name {
	case attrPolicy:
		return s.setPolicy(c, t, value)
	case attrDisplayName:
		return setDisplayName(x, in, value)
	case attrDelivery:
		return setDelivery(x, in, value)
	case attrKey:
		if len(value) > 2048 {
			return invalid("%s", in)
		}
		x.Key = value
		return nil
	case attrSignature:
		return choose(&x.Signature, in, value, "1", "2")
	case attrTracing:
		if value == "Active" {
			return invalid("%s Reason: there is no X-Ray here to take traces: only PassThrough can be set", in)
		}
		return choose(&x.Tracing, in, value, "PassThrough")
	case attrContentDedup, attrScope:
		if !t.FIFO {
			return invalid("%s Reason: only FIFO topics have it", in)
		}
		if name == attrScope {
			return choose(&x.Scope, in, value, scopeTopic, scopeGroup)
		}
		return setBool(&x.ContentDeduplication, in, value)
	case attrArchive:
		if value == "" {
			return nil
		}
		return unbuilt(attrArchive)
	}
	if known, err := setFeedback(x, in, name, value); known {
		return err
	}
	return invalid("AttributeName")
}

func setBool(at *bool, in, value string) error {
	if value != "true" && value != "false" {
		return invalid("%s: Invalid value [%s]. Must be true or false.", in, bounded(value, 100))
	}
	*at = value == "true"
	return nil
}

func choose(at *string, in, value string, choices ...string) error {
	for _, c := range choices {
		if value == c {
			*at = value
			return nil
		}
	}
	return invalid("%s: Invalid value [%s]. Must be one of: %s", in, bounded(value, 100), strings.Join(choices, ", "))
}

// setDisplayName takes a hundred characters that can stand in a mail's header and in an SMS.
func setDisplayName(x *Settings, in, value string) error {
	if len([]rune(value)) > 100 || strings.ContainsFunc(value, isControl) {
		return invalid("%s Reason: at most 100 characters, no line breaks", in)
	}
	x.DisplayName = value
	return nil
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

func setDelivery(x *Settings, in, value string) error {
	if value != "" {
		if _, err := retry.ParseTopic(value); err != nil {
			return invalid("%s: %s", in, bounded(err.Error(), 300))
		}
	}
	x.Delivery = value
	return nil
}

// feedbackOf are the protocols whose deliveries are logged, as the attributes' names begin.
var feedbackOf = []string{"HTTP", "SQS", "Lambda"}

// setFeedback sets one of the attributes of delivery status logging. Developer guide: "Amazon SNS message delivery status".
func setFeedback(x *Settings, in, name, value string) (known bool, err error) {
	for _, p := range []string{"Firehose", "Application"} {
		if strings.HasPrefix(name, p) && strings.Contains(name, "Feedback") {
			if value == "" || value == "0" { // as it is; Terraform says so of every topic
				return true, nil
			}
			return true, unbuilt(name + ": the protocol " + strings.ToLower(p))
		}
	}
	for _, p := range feedbackOf {
		rest, ok := strings.CutPrefix(name, p)
		if !ok {
			continue
		}
		f := x.Feedback[p]
		switch rest {
		case "SuccessFeedbackRoleArn":
			f.Success = value
		case "FailureFeedbackRoleArn":
			f.Failure = value
		case "SuccessFeedbackSampleRate":
			if n, err := strconv.Atoi(value); value != "" && (err != nil || n < 0 || n > 100) {
				return true, invalid("%s: Invalid value [%s]. Must be between 0 and 100.", in, bounded(value, 100))
			}
			f.Sample = value
		default:
			return false, nil
		}
		if strings.HasSuffix(rest, "RoleArn") && value != "" && !isRole(value) {
			return true, invalid("%s Reason: the value is not the ARN of a role", in)
		}
		feedback := map[string]Feedback{}
		for k, v := range x.Feedback { // the topic may be a copy that shares its map
			feedback[k] = v
		}
		if feedback[p] = f; f == (Feedback{}) {
			delete(feedback, p)
		}
		x.Feedback = feedback
		return true, nil
	}
	return false, nil
}

// passing are the questions whether the caller may hand SNS the roles that attributes name.
func passing(attributes map[string]string) (questions []service.Question) {
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		if strings.HasSuffix(name, "FeedbackRoleArn") && isRole(attributes[name]) {
			questions = append(questions, service.PassRole(attributes[name], principal, nil))
		}
	}
	return questions
}

// settingsShown are the topic's attributes, but for those that are counted.
func (s *Service) settingsShown(c *service.Call, t *Topic) (map[string]string, error) {
	x := &t.Settings
	m := map[string]string{
		"TopicArn": t.arn(), "Owner": t.Account, attrDisplayName: x.DisplayName, "EffectiveDeliveryPolicy": effectiveOfTopic(x.Delivery),
	}
	for name, v := range map[string]string{attrDelivery: x.Delivery, attrKey: x.Key, attrSignature: x.Signature, attrTracing: x.Tracing} {
		if v != "" {
			m[name] = v
		}
	}
	if t.FIFO {
		m[attrFIFO], m[attrContentDedup], m[attrScope] = "true", strconv.FormatBool(x.ContentDeduplication), x.scope()
	}
	for p, f := range x.Feedback {
		for name, v := range map[string]string{"SuccessFeedbackRoleArn": f.Success, "FailureFeedbackRoleArn": f.Failure, "SuccessFeedbackSampleRate": f.Sample} {
			if v != "" {
				m[p+name] = v
			}
		}
	}
	text, err := s.policyShown(c, t)
	m[attrPolicy] = text
	return m, err
}

func (x *Settings) scope() string {
	if x.Scope == "" {
		return scopeTopic
	}
	return x.Scope
}

func (s *Service) attributeOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetTopicAttributes, on(s, shared, func(in *api.GetTopicAttributesInput) *string { return in.TopicArn }), s.getTopicAttributes),
		service.Writes(api.OpSetTopicAttributes, s.onSetting, s.setTopicAttributes),
	}
}

package cloudtrail

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	api "vauban/api/cloudtrail"
	sns "vauban/api/sns"
	"vauban/engine/arn"
	"vauban/service"
)

// Notifications tell a topic which log files have been delivered. CloudTrail User Guide: "Configuring Amazon SNS notifications for
// CloudTrail".

// maxTopicName bounds SnsTopicName.
const maxTopicName = 256

// topicARN is the topic that a request names, by its name in the trail's account and region or by its ARN.
func (t *Settings) topicARN(text, partition string) (string, error) {
	if len(text) > maxTopicName || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", api.InvalidSnsTopicNameException.New("SNS topic name or ARN is not valid: %q", text)
	}
	if !strings.HasPrefix(text, "arn:") {
		return "arn:" + partition + ":sns:" + t.Region + ":" + t.Account + ":" + text, nil
	}
	a, err := arn.Parse(text)
	if err != nil || a.Service != "sns" || !arn.IsAccount(a.Account) || a.Region == "" {
		return "", api.InvalidSnsTopicNameException.New("SNS topic name or ARN is not valid: %q", text)
	}
	return text, nil
}

// topicName is the last part of a topic's ARN.
func topicName(topic string) string { return topic[strings.LastIndexByte(topic, ':')+1:] }

// checkTopic publishes a first message, as CloudTrail, to see whether the topic's policy lets it.
func (t *Settings) checkTopic(c *service.Call) error {
	if t.Topic == "" {
		return nil
	}
	err := t.publish(c, c.Door, "CloudTrail validation message.")
	switch {
	case err == nil:
		return nil
	case codeOf(err) != "":
		return api.InsufficientSnsTopicPolicyException.New("SNS Topic does not exist or the topic policy is incorrect!").Because(err)
	}
	return err
}

// publish sends a message in the topic's region.
func (t *Settings) publish(c *service.Call, door service.Door, message string) error {
	a, err := arn.Parse(t.Topic)
	if err != nil {
		return fmt.Errorf("the topic %s: %w", t.Topic, err)
	}
	there := *c
	there.Region = a.Region
	_, err = door.Call(&there, t.as(c.Partition), "sns", "Publish", &sns.PublishInput{TopicArn: &t.Topic, Message: &message})
	return err
}

// notification is the message about delivered files.
type notification struct {
	Bucket string   `json:"s3Bucket"`
	Keys   []string `json:"s3ObjectKey"`
}

// maxNotified is how many files one message names: SNS takes 256 KiB.
const maxNotified = 500

// notify tells the topic of the trail about files. What goes wrong shows in the status, and holds up no delivery.
func (s *Service) notify(w *service.Work, t *Settings, files []*logFile) error {
	if t.Topic == "" {
		return nil
	}
	var failures []error
	for len(files) > 0 {
		n := min(len(files), maxNotified)
		m := notification{Bucket: t.Bucket}
		for _, f := range files[:n] {
			m.Keys = append(m.Keys, f.Key)
		}
		files = files[n:]
		text, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("write a notification: %w", err)
		}
		failures = append(failures, t.publish(w.Call(t.Account, t.Region), w.Door, string(text)))
	}
	return errors.Join(failures...)
}

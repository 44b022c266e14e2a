package sns

import (
	"vauban/service"
)

// measure notes a metric of a topic, or of messages that go straight to phones. Developer guide: "Monitoring Amazon SNS topics using CloudWatch".
func (s *Service) measure(m *Message, name string, value float64, unit string) {
	if s.Meter == nil {
		return
	}
	d := service.Dimension{Name: "TopicName", Value: m.Topic}
	if m.Topic == "" {
		d = service.Dimension{Name: "PhoneNumber", Value: "PhoneNumberDirect"}
	}
	s.Meter.Measure(service.Measurement{
		Account: m.Account, Region: m.Region, Namespace: "AWS/SNS", Name: name, Dimensions: []service.Dimension{d}, Value: value, Unit: unit, Time: s.Clock(),
	})
}

func (s *Service) count(m *Message, name string) { s.measure(m, name, 1, "Count") }

func (s *Service) measurePublished(m *Message, size int) {
	s.count(m, "NumberOfMessagesPublished")
	s.measure(m, "PublishSize", float64(size), "Bytes")
}

// measureFiltered counts the notifications that filter policies held back.
func (s *Service) measureFiltered(m *Message, f *fanned) {
	if f == nil {
		return
	}
	total := 0
	for v, n := range f.filtered {
		s.measure(m, string(v), float64(n), "Count")
		total += n
	}
	if total > 0 {
		s.measure(m, "NumberOfNotificationsFilteredOut", float64(total), "Count")
	}
}

// measureSpending notes what the account's texts of this month have come to.
func (s *Service) measureSpending(m *Message, usd float64) {
	s.Meter.Measure(service.Measurement{
		Account: m.Account, Region: m.Region, Namespace: "AWS/SNS", Name: "SMSMonthToDateSpentUSD", Value: usd, Unit: "None", Time: s.Clock(),
	})
}

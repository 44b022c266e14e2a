package events

import "vauban/service"

// measure counts one for a rule. User Guide: "Monitoring Amazon EventBridge". Rules of buses other than the default one are counted by bus, too.
func (s *Service) measure(r *Rule, name string) {
	if s.Meter == nil {
		return
	}
	dimensions := []service.Dimension{{Name: "RuleName", Value: r.Name}}
	if r.Bus != defaultBus {
		dimensions = append([]service.Dimension{{Name: "EventBusName", Value: r.Bus}}, dimensions...)
	}
	s.Meter.Measure(service.Measurement{
		Account: r.Account, Region: r.Region, Namespace: "AWS/Events", Name: name, Value: 1, Unit: "Count", Time: s.Clock(), Dimensions: dimensions,
	})
}

package lambda

import "vauban/service"

// measure notes a metric of a function, and of the version or alias that was asked for. Developer guide: "Types of metrics for Lambda functions".
func (s *Service) measure(x *subject, name string, value float64, unit string) {
	if s.Meter == nil {
		return
	}
	f := x.function
	m := service.Measurement{
		Account: f.Account, Region: f.Region, Namespace: "AWS/Lambda", Name: name, Value: value, Unit: unit, Time: s.Clock(),
		Dimensions: []service.Dimension{{Name: "FunctionName", Value: f.Name}},
	}
	s.Meter.Measure(m)
	if q := x.name.qualifier; q != "" {
		m.Dimensions = []service.Dimension{{Name: "FunctionName", Value: f.Name}, {Name: "Resource", Value: f.Name + ":" + q}}
		s.Meter.Measure(m)
	}
}

package logs

import (
	"testing"

	api "vauban/api/logs"
)

// TestFiltersOnTransformed: a metric filter that asks for it sees what the transformer has made, one that does not sees the message, and small chunks that are
// joined keep both.
func TestFiltersOnTransformed(t *testing.T) {
	r := newReplica(t)
	r.group(t, "g", "s")
	call[api.PutTransformerOutput](t, r, "PutTransformer", &api.PutTransformerInput{LogGroupIdentifier: new("g"), TransformerConfig: []api.Processor{
		{ParseJSON: &api.ParseJSON{}}, {TypeConverter: &api.TypeConverter{Entries: []api.TypeConverterEntry{{Key: new("ms"), Type: new("integer")}}}},
		{RenameKeys: &api.RenameKeys{Entries: []api.RenameKeyEntry{{Key: new("ms"), RenameTo: new("took")}}}},
	}})
	for name, made := range map[string]bool{"made": true, "plain": false} {
		call[api.PutMetricFilterOutput](t, r, "PutMetricFilter", &api.PutMetricFilterInput{
			LogGroupName: new("g"), FilterName: &name, FilterPattern: new("{ $.took > 0 }"), ApplyOnTransformedLogs: &made,
			MetricTransformations: []api.MetricTransformation{{MetricName: &name, MetricNamespace: new("N"), MetricValue: new("$.took")}},
		})
	}
	at := r.clock.Now().UnixMilli()
	for i := range joinAt + 1 {
		r.put(t, "g", "s", []api.InputLogEvent{event(at+int64(i), `{"ms":"12"}`)})
	}
	r.put(t, "g", "s", []api.InputLogEvent{event(at+1000, `text`)})
	values := map[string]float64{}
	taken, _ := r.Meter.Take()
	for _, m := range taken {
		values[m.Name] += m.Value
	}
	if values["made"] != 12*(joinAt+1) || values["plain"] != 0 || values["TransformedLogEvents"] != joinAt+1 || values["TransformationErrors"] != 1 {
		t.Errorf("%v", values)
	}
	r.clock.pass(2 * joinAfter)
	r.turn(t, "logs.join")
	out := call[api.GetLogGroupFieldsOutput](t, r, "GetLogGroupFields", &api.GetLogGroupFieldsInput{LogGroupName: new("g")})
	shares := map[string]int64{}
	for _, f := range out.LogGroupFields {
		shares[*f.Name] = *f.Percent
	}
	if shares["took"] != 98 || shares["ms"] != 98 {
		t.Errorf("%v", shares)
	}
}

package logs

import (
	"strings"
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

// TestTransformedTotal: small events that become large ones are transformed until one call has made its bound. The rest has failed, and is kept as it came.
func TestTransformedTotal(t *testing.T) {
	r := newReplica(t)
	r.group(t, "g", "s")
	call[api.PutTransformerOutput](t, r, "PutTransformer", &api.PutTransformerInput{LogGroupIdentifier: new("g"), TransformerConfig: []api.Processor{
		{ParseJSON: &api.ParseJSON{}}, {SubstituteString: &api.SubstituteString{Entries: []api.SubstituteStringEntry{{Source: new("a"), From: new("."), To: new(strings.Repeat("x", 128))}}}},
	}})
	at := r.clock.Now().UnixMilli()
	var events []api.InputLogEvent
	for i := range 6 {
		events = append(events, event(at+int64(i), `{"a":"`+strings.Repeat("y", 8000)+`"}`)) // 8 KB that become 1 MB
	}
	r.put(t, "g", "s", events)
	values := map[string]float64{}
	taken, _ := r.Meter.Take()
	for _, m := range taken {
		values[m.Name] += m.Value
	}
	if values["TransformedLogEvents"] != 4 || values["TransformationErrors"] != 2 || values["TransformedBytes"] > maxMade {
		t.Errorf("%v", values)
	}
	out := call[api.GetLogEventsOutput](t, r, "GetLogEvents", &api.GetLogEventsInput{LogGroupName: new("g"), LogStreamName: new("s")})
	if len(out.Events) != 6 {
		t.Errorf("%d events are kept", len(out.Events))
	}
}

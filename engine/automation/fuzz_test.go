package automation_test

import (
	"testing"
	"time"

	"vauban/engine/automation"
)

// FuzzRun: whatever document is taken, its run ends, or waits for the world, without a panic and within its bounds.
func FuzzRun(f *testing.F) {
	f.Add(`{"schemaVersion":"0.3","mainSteps":[` + branching(`"StringEquals":"a"`) + `]}`)
	f.Add(`{"schemaVersion":"0.3","parameters":{"p":{"type":"StringList","default":["a"]}},"mainSteps":[{"name":"l","action":"aws:loop","inputs":{"Iterators":"{{ p }}","Steps":[` + call("a", "") + `]}}]}`)
	f.Add(`{"schemaVersion":"0.3","mainSteps":[{"name":"s","action":"aws:sleep","inputs":{"Duration":"P1DT2H"}},{"name":"p","action":"aws:pause","inputs":{}}]}`)
	f.Add(`{"schemaVersion":"0.3","mainSteps":[{"name":"w","action":"aws:waitForAwsResourceProperty","inputs":{"Service":"s","Api":"w","PropertySelector":"$..a[-1]['b'].*","DesiredValues":["z"]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := automation.Parse([]byte(text))
		if err != nil {
			return
		}
		args, err := d.Arguments(nil)
		if err != nil {
			return
		}
		now := noon
		r := automation.Begin(d, args, map[string]string{}, now)
		for range 2500 {
			k := r.Task(d, now)
			switch k.Kind {
			case automation.Nothing:
				return
			case automation.Wait:
				if k.Until.After(now) {
					now = k.Until
				}
				r.Settle(d, &automation.Result{}, now)
			case automation.Start:
				r.Settle(d, &automation.Result{Child: "c"}, now)
			case automation.Watch:
				r.Settle(d, &automation.Result{Status: automation.Success, Answer: map[string]any{}}, now)
			default:
				now = now.Add(30 * time.Minute)
				r.Settle(d, &automation.Result{Answer: map[string]any{"a": []any{"b"}}}, now)
			}
		}
	})
}

package events

import (
	"strings"

	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// defaultBus is the bus that every account has in every region.
const defaultBus = "default"

// busName names a bus, which may be another account's.
type busName struct{ account, region, name string }

func (b busName) arn() string {
	return "arn:aws:events:" + b.region + ":" + b.account + ":event-bus/" + b.name
}

func (b busName) key() store.Key { return store.K(b.account, b.region, b.name) }

// ruleName names a rule.
type ruleName struct {
	bus  busName
	name string
}

func (r *ruleName) key() store.Key { return store.K(r.bus.account, r.bus.region, r.bus.name, r.name) }

// arn is the rule's: those of the default bus leave its name out.
func (r *ruleName) arn() string {
	head := "arn:aws:events:" + r.bus.region + ":" + r.bus.account + ":rule/"
	if r.bus.name == defaultBus {
		return head + r.name
	}
	return head + r.bus.name + "/" + r.name
}

// busOf reads a bus's name or ARN; nil is the caller's default bus.
func busOf(c *service.Call, nameOrARN *string) (busName, error) {
	text := wire.Text(nameOrARN)
	if text == "" {
		text = defaultBus
	}
	if !strings.HasPrefix(text, "arn:") {
		return busName{c.Account, c.Region, text}, nil
	}
	b, ok := parseBus(text)
	if !ok {
		return b, invalid("Parameter EventBusName is not valid. Reason: Provided Arn is not in correct format.")
	}
	if b.region != c.Region {
		return b, invalid("Parameter EventBusName is not valid. Reason: The event bus is in %s; call EventBridge there, or send to it with a rule.", b.region)
	}
	return b, nil
}

func parseBus(text string) (busName, bool) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "events" || !arn.IsAccount(a.Account) || a.Region == "" {
		return busName{}, false
	}
	name, ok := strings.CutPrefix(a.Resource, "event-bus/")
	return busName{a.Account, a.Region, name}, ok && name != ""
}

// parseRule reads the ARN of a rule.
func parseRule(a arn.ARN) (*ruleName, bool) {
	rest, ok := strings.CutPrefix(a.Resource, "rule/")
	if !ok || rest == "" {
		return nil, false
	}
	bus, name := defaultBus, rest
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		bus, name = rest[:i], rest[i+1:]
	}
	return &ruleName{busName{a.Account, a.Region, bus}, name}, name != "" && bus != ""
}

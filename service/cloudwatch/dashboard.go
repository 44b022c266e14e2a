package cloudwatch

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Dashboard is a dashboard. Dashboards are global: they belong to an account, and show any region.
type Dashboard struct {
	Account  string            `json:"account"`
	Name     string            `json:"name"`
	Body     string            `json:"body"`
	Modified time.Time         `json:"modified"`
	Tags     map[string]string `json:"tags,omitempty"`
}

var dashboards = &store.Table[Dashboard]{Name: "cloudwatch.dashboard", Key: func(d *Dashboard) store.Key { return store.K(d.Account, d.Name) }}

func (s *Service) dashboardOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpPutDashboard, onPutDashboard, s.putDashboard),
		service.Reads(api.OpGetDashboard, func(c *service.Call, in *api.GetDashboardInput) ([]service.Question, error) {
			return onDashboards(c, []string{*in.DashboardName})
		}, s.getDashboard),
		service.Reads(api.OpListDashboards, onAny[api.ListDashboardsInput], s.listDashboards),
		service.Writes(api.OpDeleteDashboards, func(c *service.Call, in *api.DeleteDashboardsInput) ([]service.Question, error) {
			return onDashboards(c, in.DashboardNames)
		}, s.deleteDashboards),
	}
}

func onDashboards(c *service.Call, names []string) ([]service.Question, error) {
	var out []service.Question
	for _, name := range names {
		q := service.Question{Resource: dashboardARN(c.Account, name), ResourceType: typeDashboard, Context: map[string][]string{}}
		d, err := dashboards.Get(c.Tx, store.K(c.Account, name))
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		if d != nil {
			service.ResourceTags(q.Context, service.TagMap(d.Tags))
		}
		out = append(out, q)
	}
	if len(out) == 0 {
		return nil, badValue("The parameter DashboardNames must have a name.")
	}
	return out, nil
}

func onPutDashboard(c *service.Call, in *api.PutDashboardInput) ([]service.Question, error) {
	qs, err := onDashboards(c, []string{*in.DashboardName})
	if err != nil {
		return nil, err
	}
	return askTags(qs, in.Tags)
}

// maxBody is the largest body of a dashboard.
const maxBody = 1 << 20

func (s *Service) putDashboard(c *service.Call, in *api.PutDashboardInput) (*api.PutDashboardOutput, error) {
	name := *in.DashboardName
	if name == "" || len(name) > 255 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return nil, badValue("The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_). ")
	}
	if faults := bodyFaults(*in.DashboardBody); len(faults) > 0 {
		var told []string
		for _, f := range faults {
			told = append(told, *f.DataPath+": "+*f.Message)
		}
		return nil, api.DashboardInvalidInputError.New("The dashboard body is invalid, there are %d validation errors: %s", len(faults), strings.Join(told, " ")).With("dashboardValidationMessages", faults)
	}
	d := &Dashboard{Account: c.Account, Name: name, Body: *in.DashboardBody, Modified: c.Time}
	have, err := dashboards.Get(c.Tx, dashboards.Key(d))
	switch {
	case store.IsAbsent(err):
		if d.Tags, err = withTags(nil, in.Tags); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	default:
		d.Tags = have.Tags
	}
	return &api.PutDashboardOutput{DashboardValidationMessages: []api.DashboardValidationMessage{}}, dashboards.Put(c.Tx, d)
}

// maxWidgets and maxFaults bound what is looked at and what is told.
const (
	maxWidgets = 500
	maxFaults  = 20
)

// bodyFaults looks at the structure of a body. API reference: "Dashboard body structure and syntax".
func bodyFaults(body string) (out []api.DashboardValidationMessage) {
	fault := func(path, format string, args ...any) {
		if len(out) < maxFaults {
			out = append(out, api.DashboardValidationMessage{DataPath: &path, Message: new(fmt.Sprintf(format, args...))})
		}
	}
	var b struct {
		Widgets *[]map[string]json.RawMessage `json:"widgets"`
	}
	if len(body) > maxBody {
		fault("/", "The body must not have more than %d bytes.", maxBody)
		return out
	}
	if err := json.Unmarshal([]byte(body), &b); err != nil {
		fault("/", "The dashboard body is invalid, there are JSON syntax errors or members of a wrong type.")
		return out
	}
	if b.Widgets == nil {
		fault("/", "Should have required property 'widgets'.")
		return out
	}
	if len(*b.Widgets) > maxWidgets {
		fault("/widgets", "Should NOT have more than %d items.", maxWidgets)
	}
	for i, w := range *b.Widgets {
		widgetFaults(fmt.Sprintf("/widgets/%d", i), w, fault)
	}
	return out
}

func widgetFaults(path string, w map[string]json.RawMessage, fault func(path, format string, args ...any)) {
	var kind string
	if err := json.Unmarshal(w["type"], &kind); err != nil {
		fault(path, "Should have required property 'type'.")
		return
	}
	switch kind {
	case "metric", "text", "log", "alarm", "explorer", "custom":
	default:
		fault(path+"/type", "Should be one of metric, text, log, alarm, explorer, custom.")
		return
	}
	var properties map[string]json.RawMessage
	if err := json.Unmarshal(w["properties"], &properties); err != nil || properties == nil {
		fault(path, "Should have required property 'properties'.")
		return
	}
	bounds := map[string]int{"x": 23, "y": 1 << 30, "width": 24, "height": 1000}
	for _, member := range slices.Sorted(maps.Keys(bounds)) {
		raw, ok := w[member]
		most := bounds[member]
		var n int
		if ok && (json.Unmarshal(raw, &n) != nil || n < 0 || n > most) {
			fault(path+"/"+member, "Should be an integer from 0 to %d.", most)
		}
	}
	want := map[string]string{"text": "markdown", "log": "query", "alarm": "alarms", "custom": "endpoint"}[kind]
	if _, ok := properties[want]; want != "" && !ok {
		fault(path+"/properties", "Should have required property '%s'.", want)
	}
	if kind == "metric" && properties["metrics"] == nil && properties["annotations"] == nil {
		fault(path+"/properties", "Should have required property 'metrics' or 'annotations'.")
	}
}

func (s *Service) getDashboard(c *service.Call, in *api.GetDashboardInput) (*api.GetDashboardOutput, error) {
	d, err := dashboards.Get(c.Tx, store.K(c.Account, *in.DashboardName))
	if store.IsAbsent(err) {
		return nil, noDashboard(*in.DashboardName)
	}
	if err != nil {
		return nil, err
	}
	return &api.GetDashboardOutput{DashboardName: &d.Name, DashboardArn: new(dashboardARN(d.Account, d.Name)), DashboardBody: &d.Body}, nil
}

func noDashboard(name string) *wire.Error {
	return api.DashboardNotFoundError.New("Dashboard %s does not exist", bounded(name))
}

func (s *Service) listDashboards(c *service.Call, in *api.ListDashboardsInput) (*api.ListDashboardsOutput, error) {
	after, err := afterOf(in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListDashboardsOutput{DashboardEntries: []api.DashboardEntry{}}
	next, err := store.Visit(c.Tx, dashboards, store.K(c.Account), after, func(d *Dashboard) bool {
		if !strings.HasPrefix(d.Name, wire.Text(in.DashboardNamePrefix)) {
			return true
		}
		if len(out.DashboardEntries) == 1000 {
			return false
		}
		out.DashboardEntries = append(out.DashboardEntries, api.DashboardEntry{DashboardName: &d.Name, DashboardArn: new(dashboardARN(d.Account, d.Name)), LastModified: &d.Modified, Size: new(int64(len(d.Body)))})
		return true
	})
	out.NextToken = tokenOf(next)
	return out, err
}

// deleteDashboards deletes all, or none when one does not exist.
func (s *Service) deleteDashboards(c *service.Call, in *api.DeleteDashboardsInput) (*api.DeleteDashboardsOutput, error) {
	for _, name := range in.DashboardNames {
		err := dashboards.Delete(c.Tx, store.K(c.Account, name))
		if store.IsAbsent(err) {
			return nil, noDashboard(name)
		}
		if err != nil {
			return nil, err
		}
	}
	return &api.DeleteDashboardsOutput{}, nil
}

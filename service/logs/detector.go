package logs

import (
	"slices"
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/service"
	"vauban/store"
)

// Detector watches a log group for what is unusual. User Guide: "Log anomaly detection".
type Detector struct {
	Account, Region string

	ID         string
	Name       string
	Group      string // name
	GroupID    string
	Frequency  string
	Pattern    string            `json:",omitempty"` // which events it looks at
	Visibility int64             // days for which anomalies are kept
	Paused     bool              `json:",omitempty"`
	Tags       map[string]string `json:",omitempty"`
	Created    time.Time
	Modified   time.Time

	Learns int64  // events until this time teach only, in milliseconds
	Until  int64  // the time until which events have been looked at; 0 before the first turn
	Broken string `json:",omitempty"` // why it cannot go on
}

var anomalyDetectors = &store.Table[Detector]{
	Name: "logs.detector",
	Key:  func(d *Detector) store.Key { return store.K(d.Account, d.Region, d.ID) },
	Refs: map[string]func(*Detector) []store.Key{"group": func(d *Detector) []store.Key { return []store.Key{store.K(d.GroupID)} }},
}

// Quotas and defaults. API reference: "CreateLogAnomalyDetector".
const (
	maxAnomalyDetectors = 500
	detectorsListed     = 50
	defaultVisibility   = 21
	maxDetectorName     = 256
)

// frequencies are how often detectors look.
var frequencies = map[string]time.Duration{
	api.EvaluationFrequencyOneMin: time.Minute, api.EvaluationFrequencyFiveMin: 5 * time.Minute, api.EvaluationFrequencyTenMin: 10 * time.Minute,
	api.EvaluationFrequencyFifteenMin: 15 * time.Minute, api.EvaluationFrequencyThirtyMin: 30 * time.Minute, api.EvaluationFrequencyOneHour: time.Hour,
}

const detectorPart = "anomaly-detector:"

func (d *Detector) arn() string { return detectorARN(d.Account, d.Region, d.ID) }

func detectorARN(account, region, id string) string {
	return "arn:aws:logs:" + region + ":" + account + ":" + detectorPart + id
}

func (d *Detector) status() string {
	switch {
	case d.Broken != "":
		return api.AnomalyDetectorStatusFailed
	case d.Paused:
		return api.AnomalyDetectorStatusPaused
	case d.Until == 0:
		return api.AnomalyDetectorStatusInitializing
	case d.Until < d.Learns:
		return api.AnomalyDetectorStatusTraining
	}
	return api.AnomalyDetectorStatusAnalyzing
}

func (s *Service) detectorOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateLogAnomalyDetector, s.onNewDetector, s.createDetector),
		service.Reads(api.OpGetLogAnomalyDetector, onDetector(func(in *api.GetLogAnomalyDetectorInput) *string { return in.AnomalyDetectorArn }), s.getDetector),
		service.Reads(api.OpListLogAnomalyDetectors, s.onDetectors, s.listDetectors),
		service.Writes(api.OpUpdateLogAnomalyDetector, onDetector(func(in *api.UpdateLogAnomalyDetectorInput) *string { return in.AnomalyDetectorArn }), s.updateDetector),
		service.Writes(api.OpDeleteLogAnomalyDetector, onDetector(func(in *api.DeleteLogAnomalyDetectorInput) *string { return in.AnomalyDetectorArn }), s.deleteDetector),
		service.Reads(api.OpListAnomalies, onDetector(func(in *api.ListAnomaliesInput) *string { return in.AnomalyDetectorArn }), s.listAnomalies),
		service.Writes(api.OpUpdateAnomaly, onDetector(func(in *api.UpdateAnomalyInput) *string { return in.AnomalyDetectorArn }), s.updateAnomaly),
	}
}

// detectorID reads a detector's ARN, of the call's account and Region.
func detectorID(c *service.Call, text string) (string, error) {
	a, err := arn.Parse(text)
	id, ok := strings.CutPrefix(a.Resource, detectorPart)
	if err != nil || !ok || a.Service != "logs" || id == "" {
		return "", invalid("The specified anomalyDetectorArn %s is invalid.", bounded(text, 200))
	}
	if a.Account != c.Account || a.Region != c.Region {
		return "", noDetector()
	}
	return id, nil
}

func noDetector() *wire.Error {
	return api.ResourceNotFoundException.New("The specified anomaly detector does not exist.")
}

// onDetector makes the rule of an operation on a detector, or on all when there is none.
func onDetector[In any](name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		text := name(in)
		if text == nil {
			return []service.Question{{Resource: detectorARN(c.Account, c.Region, "*")}}, nil
		}
		q, err := askDetector(c, *text)
		return []service.Question{q}, err
	}
}

func askDetector(c *service.Call, text string) (service.Question, error) {
	id, err := detectorID(c, text)
	if err != nil {
		return service.Question{}, err
	}
	q := service.Question{Resource: detectorARN(c.Account, c.Region, id), Context: map[string][]string{}}
	d, err := anomalyDetectors.Get(c.Tx, store.K(c.Account, c.Region, id))
	if store.IsAbsent(err) {
		return q, nil
	}
	if err != nil {
		return q, err
	}
	c.Found = d
	service.ResourceTags(q.Context, service.TagMap(d.Tags))
	return q, nil
}

// watcher is the detector that the rule has found.
func watcher(c *service.Call) (*Detector, error) {
	if d, ok := c.Found.(*Detector); ok && d != nil {
		return d, nil
	}
	return nil, noDetector()
}

func (s *Service) onNewDetector(c *service.Call, in *api.CreateLogAnomalyDetectorInput) ([]service.Question, error) {
	if len(in.LogGroupArnList) != 1 {
		return nil, invalid("An anomaly detector watches exactly one log group.")
	}
	name, err := groupName(c, in.LogGroupArnList[0])
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, name, "")
	if err == nil {
		service.RequestTags(q.Context, service.TagMap(in.Tags))
	}
	return []service.Question{q}, err
}

func (s *Service) onDetectors(c *service.Call, in *api.ListLogAnomalyDetectorsInput) ([]service.Question, error) {
	if in.FilterLogGroupArn == nil {
		return []service.Question{{Resource: detectorARN(c.Account, c.Region, "*")}}, nil
	}
	name, err := groupName(c, *in.FilterLogGroupArn)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, name, "")
	return []service.Question{q}, err
}

func (s *Service) createDetector(c *service.Call, in *api.CreateLogAnomalyDetectorInput) (*api.CreateLogAnomalyDetectorOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	switch {
	case in.KmsKeyId != nil:
		return nil, notBuilt("kmsKeyId of an anomaly detector")
	case len(wire.Text(in.DetectorName)) > maxDetectorName:
		return nil, invalid("The name of an anomaly detector has %d characters at most.", maxDetectorName)
	}
	d := &Detector{
		Account: c.Account, Region: c.Region, Name: wire.Text(in.DetectorName), Group: g.Name, GroupID: g.ID, Frequency: api.EvaluationFrequencyFiveMin, Pattern: wire.Text(in.FilterPattern),
		Visibility: defaultVisibility, Created: c.Time, Modified: c.Time,
	}
	if err := s.configure(d, in.EvaluationFrequency, in.FilterPattern, in.AnomalyVisibilityTime); err != nil {
		return nil, err
	}
	if d.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if n, err := anomalyDetectors.Count(c.Tx, store.K(c.Account, c.Region), maxAnomalyDetectors); err != nil || n >= maxAnomalyDetectors {
		if err == nil {
			err = api.LimitExceededException.New("Resource limit exceeded.")
		}
		return nil, err
	}
	if d.ID, err = s.newUUID(); err != nil {
		return nil, err
	}
	d.Learns = floorTo(c.Time.UnixMilli(), frequencies[d.Frequency])
	return &api.CreateLogAnomalyDetectorOutput{AnomalyDetectorArn: new(d.arn())}, anomalyDetectors.Insert(c.Tx, d)
}

func (s *Service) configure(d *Detector, frequency, pattern *string, visibility *int64) error {
	if frequency != nil {
		d.Frequency = *frequency
	}
	if pattern != nil {
		d.Pattern = *pattern
	}
	if visibility != nil {
		d.Visibility = *visibility
	}
	_, err := s.patterns.compile(d.Pattern)
	return err
}

func (s *Service) getDetector(c *service.Call, _ *api.GetLogAnomalyDetectorInput) (*api.GetLogAnomalyDetectorOutput, error) {
	d, err := watcher(c)
	if err != nil {
		return nil, err
	}
	x := d.shown()
	return &api.GetLogAnomalyDetectorOutput{
		DetectorName: x.DetectorName, LogGroupArnList: x.LogGroupArnList, EvaluationFrequency: x.EvaluationFrequency, FilterPattern: x.FilterPattern, AnomalyDetectorStatus: x.AnomalyDetectorStatus,
		CreationTimeStamp: x.CreationTimeStamp, LastModifiedTimeStamp: x.LastModifiedTimeStamp, AnomalyVisibilityTime: x.AnomalyVisibilityTime,
	}, nil
}

func (d *Detector) shown() api.AnomalyDetector {
	return api.AnomalyDetector{
		AnomalyDetectorArn: new(d.arn()), DetectorName: wire.Optional(d.Name), LogGroupArnList: []string{groupARN(d.Account, d.Region, d.Group)}, EvaluationFrequency: &d.Frequency,
		FilterPattern: wire.Optional(d.Pattern), AnomalyDetectorStatus: new(d.status()), CreationTimeStamp: new(d.Created.UnixMilli()), LastModifiedTimeStamp: new(d.Modified.UnixMilli()),
		AnomalyVisibilityTime: &d.Visibility,
	}
}

func (s *Service) listDetectors(c *service.Call, in *api.ListLogAnomalyDetectorsInput) (*api.ListLogAnomalyDetectorsOutput, error) {
	group := ""
	if in.FilterLogGroupArn != nil {
		g, err := s.group(c)
		if err != nil {
			return nil, err
		}
		group = g.ID
	}
	p, err := s.pageOf(c, "detectors", in.Limit, detectorsListed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListLogAnomalyDetectorsOutput{AnomalyDetectors: []api.AnomalyDetector{}}
	out.NextToken, err = visit(s, c, p, anomalyDetectors, store.K(c.Account, c.Region), func(d *Detector) (bool, error) {
		if group != "" && d.GroupID != group {
			return false, nil
		}
		out.AnomalyDetectors = append(out.AnomalyDetectors, d.shown())
		return true, nil
	})
	return out, err
}

func (s *Service) updateDetector(c *service.Call, in *api.UpdateLogAnomalyDetectorInput) (*api.UpdateLogAnomalyDetectorOutput, error) {
	d, err := watcher(c)
	if err != nil {
		return nil, err
	}
	if err := s.configure(d, in.EvaluationFrequency, in.FilterPattern, in.AnomalyVisibilityTime); err != nil {
		return nil, err
	}
	d.Paused, d.Modified = !*in.Enabled, c.Time
	return &api.UpdateLogAnomalyDetectorOutput{}, anomalyDetectors.Update(c.Tx, d)
}

func (s *Service) deleteDetector(c *service.Call, _ *api.DeleteLogAnomalyDetectorInput) (*api.DeleteLogAnomalyDetectorOutput, error) {
	d, err := watcher(c)
	if err != nil {
		return nil, err
	}
	if err := models.Delete(c.Tx, store.K(d.ID)); err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	for n := batch; n == batch; {
		if n, err = dropSome(anomalies)(c.Tx, store.K(d.ID)); err != nil {
			return nil, err
		}
	}
	return &api.DeleteLogAnomalyDetectorOutput{}, anomalyDetectors.Delete(c.Tx, anomalyDetectors.Key(d))
}

func floorTo(t int64, d time.Duration) int64 { return t - t%d.Milliseconds() }

// detectorTags changes the tags of a detector.
func detectorTags(c *service.Call, d *Detector, add map[string]string, remove []string) (err error) {
	if d.Tags, err = withTags(d.Tags, add); err != nil {
		return err
	}
	for _, k := range slices.Sorted(slices.Values(remove)) {
		delete(d.Tags, k)
	}
	return anomalyDetectors.Update(c.Tx, d)
}

package logs

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	api "vauban/api/logs"
	"vauban/api/s3"
	"vauban/engine/dataprotection"
	"vauban/service"
	"vauban/store"
)

// Protection is the data protection policy of a log group. It lies apart from the group, which every call reads. User Guide: "Help protect sensitive log data with masking".
type Protection struct {
	Account, Region, Group string
	Document               string
	Updated                time.Time
}

var protections = &store.Table[Protection]{
	Name: "logs.protection",
	Key:  func(p *Protection) store.Key { return store.K(p.Account, p.Region, p.Group) },
}

func (s *Service) protectionOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPutDataProtectionPolicy, s.onPutProtection, s.putProtection),
		service.Reads(api.OpGetDataProtectionPolicy, onGroup(s, func(in *api.GetDataProtectionPolicyInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.getProtection),
		service.Writes(api.OpDeleteDataProtectionPolicy, onGroup(s, func(in *api.DeleteDataProtectionPolicyInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.deleteProtection),
	}
}

// detector is a data protection policy, ready to look through events.
type detector struct {
	*dataprotection.Detector
	findings dataprotection.Destinations
}

// detectors keeps policies of late compiled, by their text. The zero value works.
type detectors struct {
	mu sync.Mutex
	m  map[string]*detector
}

// maxDetectors is small since a policy with all identifiers takes some megabytes.
const maxDetectors = 32

// compile reads a policy, or answers the error for a client.
func (d *detectors) compile(text string) (*detector, error) {
	d.mu.Lock()
	known := d.m[text]
	d.mu.Unlock()
	if known != nil {
		return known, nil
	}
	p, err := dataprotection.Parse(text)
	if err != nil {
		return nil, invalid("Invalid data protection policy: %v.", err)
	}
	audit, err := statementsOf(p)
	if err != nil {
		return nil, invalid("Invalid data protection policy: %v.", err)
	}
	made, err := p.Detector(audit.Identifiers)
	if err != nil {
		return nil, invalid("Invalid data protection policy: %v.", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.m == nil || len(d.m) >= maxDetectors {
		d.m = map[string]*detector{}
	}
	x := &detector{made, *audit.Audit.Findings}
	d.m[text] = x
	return x, nil
}

// statementsOf checks what policies of log groups have: one statement that audits, and one that masks the same. It returns the first. API reference:
// "PutDataProtectionPolicy".
func statementsOf(p *dataprotection.Policy) (*dataprotection.Statement, error) {
	var audit, mask *dataprotection.Statement
	for i := range p.Statements {
		x := &p.Statements[i]
		switch {
		case x.Direction != "" || x.Principals != nil:
			return nil, errors.New("policies of log groups have no DataDirection and no Principal")
		case x.Audit != nil && audit == nil:
			audit = x
		case x.Deidentify != nil && mask == nil:
			mask = x
		default:
			return nil, errors.New("it must have one statement with Audit and one with Deidentify, and no other")
		}
	}
	switch {
	case audit == nil || mask == nil:
		return nil, errors.New("it must have one statement with Audit and one with Deidentify")
	case audit.Audit.Findings == nil || audit.Audit.WithoutFinding != nil || audit.Audit.Sample >= 0:
		return nil, errors.New("the Audit operation must have a FindingsDestination, and nothing else")
	case mask.Deidentify.Redact || mask.Deidentify.Mask != "":
		return nil, errors.New("the Deidentify operation must have an empty MaskConfig")
	}
	a, b := slices.Clone(audit.Identifiers), slices.Clone(mask.Identifiers)
	slices.Sort(a)
	slices.Sort(b)
	if !slices.Equal(slices.Compact(a), slices.Compact(b)) {
		return nil, errors.New("the DataIdentifier of both statements must be the same")
	}
	return audit, nil
}

// onPutProtection asks about the group, and about what a destination of findings needs. User Guide: "IAM permissions required to create or work with a data protection policy".
func (s *Service) onPutProtection(c *service.Call, in *api.PutDataProtectionPolicyInput) ([]service.Question, error) {
	name, err := groupName(c, *in.LogGroupIdentifier)
	if err != nil {
		return nil, err
	}
	q, err := s.ask(c, name, "")
	if err != nil {
		return nil, err
	}
	return append([]service.Question{q}, s.delivering(c, *in.PolicyDocument)...), nil
}

// delivering is what is asked for the destinations that a policy names.
func (s *Service) delivering(_ *service.Call, text string) (qs []service.Question) {
	d, err := s.detectors.compile(text)
	if err != nil {
		return nil // the handler refuses
	}
	if d.findings != (dataprotection.Destinations{}) {
		qs = append(qs, service.Question{Action: "logs:CreateLogDelivery", Resource: "*"})
	}
	if d.findings.LogGroup != "" {
		qs = append(qs, service.Question{Action: "logs:PutResourcePolicy", Resource: "*"})
	}
	return qs
}

// deliver lets the service write into the log group that a policy names.
func (s *Service) deliver(c *service.Call, tx store.Tx, text string) error {
	d, err := s.detectors.compile(text)
	if err != nil || d.findings.LogGroup == "" {
		return err
	}
	return s.admitDelivery(c, tx, d.findings.LogGroup)
}

func (s *Service) putProtection(c *service.Call, in *api.PutDataProtectionPolicyInput) (*api.PutDataProtectionPolicyOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	if err := s.checkProtection(c, *in.PolicyDocument, g.arn()+":*"); err != nil {
		return nil, err
	}
	out := &api.PutDataProtectionPolicyOutput{LogGroupIdentifier: in.LogGroupIdentifier, PolicyDocument: in.PolicyDocument, LastUpdatedTime: new(c.Time.UnixMilli())}
	return out, c.Commit(func(tx store.Tx) error {
		now, err := s.group(c)
		if err != nil {
			return err
		}
		if err := s.deliver(c, tx, *in.PolicyDocument); err != nil {
			return err
		}
		now.Guarded = api.DataProtectionStatusActivated
		if err := groups.Update(tx, now); err != nil {
			return err
		}
		return protections.Put(tx, &Protection{Account: g.Account, Region: g.Region, Group: g.Name, Document: *in.PolicyDocument, Updated: c.Time})
	})
}

// checkProtection refuses a policy that is wrong, or whose destinations are not there.
func (s *Service) checkProtection(c *service.Call, text, source string) error {
	d, err := s.detectors.compile(text)
	if err != nil {
		return err
	}
	f := d.findings
	if f.Stream != "" {
		return notBuilt("A FindingsDestination of Firehose")
	}
	if f.LogGroup != "" {
		err := s.Store.Read(c, func(tx store.Tx) error {
			_, err := groups.Get(tx, store.K(c.Account, c.Region, f.LogGroup))
			return err
		})
		if store.IsAbsent(err) {
			return invalid("The log group %s of the FindingsDestination does not exist.", bounded(f.LogGroup, 512))
		}
		if err != nil {
			return err
		}
	}
	if f.Bucket == "" {
		return nil
	}
	_, err = c.Door.Call(c, asDelivery(source, c.Account), "s3", "GetBucketAcl", &s3.GetBucketAclInput{Bucket: &f.Bucket})
	switch {
	case codeOf(err) == "NoSuchBucket":
		return invalid("The bucket %s of the FindingsDestination does not exist.", bounded(f.Bucket, 63)).Because(err)
	case err != nil:
		return invalid("The bucket %s of the FindingsDestination must let %s call s3:GetBucketAcl and s3:PutObject: add that to its bucket policy.", bounded(f.Bucket, 63), deliverer).Because(err)
	}
	return nil
}

func (s *Service) getProtection(c *service.Call, in *api.GetDataProtectionPolicyInput) (*api.GetDataProtectionPolicyOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	out := &api.GetDataProtectionPolicyOutput{LogGroupIdentifier: in.LogGroupIdentifier}
	p, err := protections.Get(c.Tx, groups.Key(g))
	if store.IsAbsent(err) {
		return out, nil
	}
	if err != nil {
		return nil, err
	}
	out.PolicyDocument, out.LastUpdatedTime = &p.Document, new(p.Updated.UnixMilli())
	return out, nil
}

func (s *Service) deleteProtection(c *service.Call, _ *api.DeleteDataProtectionPolicyInput) (*api.DeleteDataProtectionPolicyOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	err = protections.Delete(c.Tx, groups.Key(g))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The specified log group has no data protection policy.")
	}
	if err != nil {
		return nil, err
	}
	g.Guarded = api.DataProtectionStatusDeleted
	return &api.DeleteDataProtectionPolicyOutput{}, groups.Update(c.Tx, g)
}

// accountProtection is what the account's data protection policies have of their own.
func (s *Service) accountProtection() *accountKind {
	return &accountKind{
		most: 1, put: []string{"logs:PutDataProtectionPolicy"}, delete: []string{"logs:DeleteDataProtectionPolicy"}, show: []string{"logs:GetDataProtectionPolicy"},
		check: func(c *service.Call, p *AccountPolicy) error {
			if p.Selection != "" {
				return invalid("selectionCriteria is not supported for the policy type %s.", p.Type)
			}
			return s.checkProtection(c, p.Document, "arn:aws:logs:"+c.Region+":"+c.Account+":*")
		},
		further: s.delivering,
		also:    func(c *service.Call, tx store.Tx, p *AccountPolicy) error { return s.deliver(c, tx, p.Document) },
	}
}

// showGuards adds what describes the protection of a group.
func showGuards(tx store.Tx, g *Group, out *api.LogGroup) error {
	if g.Guarded != "" {
		out.DataProtectionStatus = &g.Guarded
	}
	inherited, err := policiesOf(tx, g.Account, g.Region, api.PolicyTypeDataProtectionPolicy)
	if len(inherited) > 0 {
		out.InheritedProperties = []string{api.InheritedPropertyAccountDataProtection}
	}
	return err
}

// guard is a policy that holds for a group.
type guard struct {
	Account string // name of the account's policy; "" of the group's own
	Text    string
}

// guardsOf are the policies that hold for a group: the account's and its own.
func (s *Service) guardsOf(tx store.Tx, g *Group) ([]guard, error) {
	var out []guard
	inherited, err := policiesOf(tx, g.Account, g.Region, api.PolicyTypeDataProtectionPolicy)
	for _, p := range inherited {
		out = append(out, guard{p.Name, p.Document})
	}
	if err != nil || g.Guarded != api.DataProtectionStatusActivated {
		return out, err
	}
	p, err := protections.Get(tx, groups.Key(g))
	if err != nil {
		return nil, err
	}
	return append(out, guard{"", p.Document}), nil
}

// unmasked adds to a rule what unmask asks for.
func unmasked[In any](rule service.Resources[In], asked func(*In) *bool) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		qs, err := rule(c, in)
		return unmasking(qs, is(asked(in))), err
	}
}

// unmasking adds the questions whether the caller may see what is sensitive in the groups that the others are about.
func unmasking(qs []service.Question, asked bool) []service.Question {
	if !asked {
		return qs
	}
	for _, q := range slices.Clone(qs) {
		q.Action = "logs:Unmask"
		if at := strings.Index(q.Resource, ":log-stream:"); at >= 0 {
			q.Resource = q.Resource[:at] + ":log-stream:" // the action knows log groups only
		}
		qs = append(qs, q)
	}
	return qs
}

func is(b *bool) bool { return b != nil && *b }

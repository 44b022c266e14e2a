package sns

import (
	"errors"
	"strings"
	"sync"

	"vauban/api/logs"
	"vauban/api/s3"
	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/engine/dataprotection"
	"vauban/service"
	"vauban/store"
)

// Protection is the data protection policy of a topic. It lies apart from the topic, which every call reads. Developer guide: "Understanding Amazon SNS data protection
// policies".
type Protection struct {
	Space    string // of the topic
	Document string
}

var protections = &store.Table[Protection]{
	Name: "sns.protection",
	Key:  func(p *Protection) store.Key { return store.K(p.Space) },
}

func (s *Service) protectionOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetDataProtectionPolicy, func(c *service.Call, in *api.GetDataProtectionPolicyInput) ([]service.Question, error) {
			q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
			return []service.Question{q}, err
		}, s.getProtection),
		service.Acts(api.OpPutDataProtectionPolicy, func(c *service.Call, in *api.PutDataProtectionPolicyInput) ([]service.Question, error) {
			q, err := s.onARN(c, own, wire.Text(in.ResourceArn), "ResourceArn")
			return append([]service.Question{q}, s.auditing(wire.Text(in.DataProtectionPolicy))...), err
		}, s.putProtection),
	}
}

// auditing is what is asked for a policy whose findings go somewhere. Developer guide: "Data protection policy operations in Amazon SNS", required permissions.
func (s *Service) auditing(text string) []service.Question {
	p, err := s.guards.read(text)
	if err != nil || p.audit == nil || len(p.destinations()) == 0 {
		return nil // what is wrong is refused by the handler
	}
	return []service.Question{{Action: "logs:CreateLogDelivery", Resource: "*"}}
}

func (s *Service) getProtection(c *service.Call, _ *api.GetDataProtectionPolicyInput) (*api.GetDataProtectionPolicyOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	p, err := protections.Get(c.Tx, store.K(t.Space))
	if store.IsAbsent(err) {
		return &api.GetDataProtectionPolicyOutput{}, nil
	}
	if err != nil {
		return nil, err
	}
	return &api.GetDataProtectionPolicyOutput{DataProtectionPolicy: &p.Document}, nil
}

func (s *Service) putProtection(c *service.Call, in *api.PutDataProtectionPolicyInput) (*api.PutDataProtectionPolicyOutput, error) {
	t, err := found(c)
	if err != nil {
		return nil, err
	}
	text := wire.Text(in.DataProtectionPolicy)
	if err := s.checkProtection(c, t, text); err != nil {
		return nil, err
	}
	return &api.PutDataProtectionPolicyOutput{}, c.Commit(func(tx store.Tx) error {
		now, err := found(c)
		if err != nil {
			return err
		}
		return errors.Join(s.protect(c, tx, now, text), topics.Update(tx, now))
	})
}

// checkProtection refuses a policy that is wrong, or whose destinations cannot be written to. It is called before the commit.
func (s *Service) checkProtection(c *service.Call, t *Topic, text string) error {
	if text == "" {
		return nil
	}
	if t.FIFO {
		return invalid("DataProtectionPolicy Reason: FIFO topics have no data protection policy")
	}
	g, err := s.guards.read(text)
	if err != nil {
		return err
	}
	for _, to := range g.destinations() {
		if err := s.checkDestination(c, t, to); err != nil {
			return err
		}
	}
	return nil
}

// protect gives a topic a data protection policy, or takes it away with an empty one. The caller stores the topic.
func (s *Service) protect(c *service.Call, tx store.Tx, t *Topic, text string) error {
	if text == "" {
		t.Guard = ""
		if err := protections.Delete(tx, store.K(t.Space)); err != nil && !store.IsAbsent(err) {
			return err
		}
		return nil
	}
	var err error
	if t.Guard, err = newID(s.Rand); err != nil {
		return err
	}
	return protections.Put(tx, &Protection{Space: t.Space, Document: text})
}

// deliverer is the service principal that brings findings to their destinations.
const deliverer = "delivery.logs.amazonaws.com"

// trialStream is what AWS makes to see whether it may write into a log group.
const trialStream = "log_stream_created_by_aws_to_validate_log_delivery_subscriptions"

// checkDestination tries whether findings can go there.
func (s *Service) checkDestination(c *service.Call, t *Topic, to dataprotection.Destinations) error {
	as := service.AsService(deliverer, t.arn(), t.Account)
	switch {
	case to.Stream != "":
		return unbuilt("A FindingsDestination of Firehose")
	case to.LogGroup != "" && !strings.HasPrefix(to.LogGroup, "/aws/vendedlogs/"):
		return invalid("DataProtectionPolicy Reason: the LogGroup of a destination must begin with /aws/vendedlogs/")
	}
	var e *wire.Error
	if to.LogGroup != "" {
		_, err := c.Door.Call(service.Inner(c), as, "logs", "CreateLogStream", &logs.CreateLogStreamInput{LogGroupName: &to.LogGroup, LogStreamName: new(trialStream)})
		if err != nil && !(errors.As(err, &e) && e.Shape == logs.ResourceAlreadyExistsException) {
			return invalid("DataProtectionPolicy Reason: the log group %s must exist, and a resource policy of CloudWatch Logs let %s call logs:CreateLogStream and logs:PutLogEvents on it",
				bounded(to.LogGroup, 512), deliverer).Because(err)
		}
	}
	if to.Bucket != "" {
		_, err := c.Door.Call(service.Inner(c), as, "s3", "GetBucketAcl", &s3.GetBucketAclInput{Bucket: &to.Bucket})
		if err != nil {
			return invalid("DataProtectionPolicy Reason: the bucket %s must exist, and its policy let %s call s3:GetBucketAcl and s3:PutObject", bounded(to.Bucket, 63), deliverer).Because(err)
		}
	}
	return nil
}

// guard is a data protection policy, ready to look through messages.
type guard struct {
	audit *guardStatement
	deny  []*guardStatement // of both directions
	hide  []*guardStatement
}

type guardStatement struct {
	*dataprotection.Statement
	detector *dataprotection.Detector
}

// guards keeps policies of late compiled, by their text. The zero value works.
type guards struct {
	mu sync.Mutex
	m  map[string]*guard
}

// maxGuards is small since a policy with all identifiers takes some megabytes.
const maxGuards = 32

// read compiles a policy, or answers the error for a client.
func (g *guards) read(text string) (*guard, error) {
	g.mu.Lock()
	known := g.m[text]
	g.mu.Unlock()
	if known != nil {
		return known, nil
	}
	made, err := newGuard(text)
	if err != nil {
		return nil, invalid("DataProtectionPolicy Reason: %v", err)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.m == nil || len(g.m) >= maxGuards {
		g.m = map[string]*guard{}
	}
	g.m[text] = made
	return made, nil
}

func newGuard(text string) (*guard, error) {
	p, err := dataprotection.Parse(text)
	if err != nil {
		return nil, err
	}
	g := &guard{}
	for i := range p.Statements {
		x := &guardStatement{Statement: &p.Statements[i]}
		switch {
		case x.Direction == "":
			return nil, errors.New("a statement must have the DataDirection Inbound or Outbound")
		case len(x.Principals) == 0:
			return nil, errors.New("a statement must have a Principal")
		case x.Direction == dataprotection.Outbound && !x.Deny:
			return nil, errors.New("the DataDirection Outbound is for Deny only")
		case x.Audit != nil && g.audit != nil:
			return nil, errors.New("only one statement can have Audit")
		case x.Audit != nil && x.Audit.Sample < 0:
			return nil, errors.New("the Audit operation must have a SampleRate")
		case x.Deidentify != nil && !x.Deidentify.Redact && (x.Deidentify.Mask == "" || !strings.Contains(maskCharacters, x.Deidentify.Mask)):
			return nil, errors.New("the MaskConfig must have a MaskWithCharacter: a letter, a digit, a blank or one of " + maskSymbols)
		}
		if x.detector, err = p.Detector(x.Identifiers); err != nil {
			return nil, err
		}
		switch {
		case x.Audit != nil:
			g.audit = x
		case x.Deny:
			g.deny = append(g.deny, x)
		default:
			g.hide = append(g.hide, x)
		}
	}
	return g, nil
}

// What a mask can be made of. Developer guide: "Data protection policy operations in Amazon SNS".
const (
	maskSymbols    = `! $ # % & * + - / = ? @ ^ _ | ~`
	maskCharacters = maskSymbols + "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
)

// destinations are where findings go, and where it goes that there are none.
func (g *guard) destinations() []dataprotection.Destinations {
	var out []dataprotection.Destinations
	if g.audit == nil {
		return nil
	}
	for _, d := range []*dataprotection.Destinations{g.audit.Audit.Findings, g.audit.Audit.WithoutFinding} {
		if d != nil && *d != (dataprotection.Destinations{}) {
			out = append(out, *d)
		}
	}
	return out
}

package dataprotection

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Version is the one version of the policy language that there is.
const Version = "2021-06-01"

// MaxPolicy is how many characters a policy has at most. User Guide: "Help protect sensitive log data with masking".
const MaxPolicy = 30720

// Policy is a data protection policy.
type Policy struct {
	Name        string
	Description string
	Custom      []Custom
	Statements  []Statement
}

// Statement says what is done about some data identifiers. It has one operation: Audit, Deidentify or Deny.
type Statement struct {
	Sid         string
	Direction   string   // Inbound, Outbound or nothing
	Principals  []string // ARNs, or *
	Identifiers []string // names: of managed identifiers without the ARN before them, and of custom ones
	Audit       *Audit
	Deidentify  *Deidentify
	Deny        bool
}

// Directions of a statement.
const (
	Inbound  = "Inbound"
	Outbound = "Outbound"
)

// Audit notes what is found, and where nothing is found.
type Audit struct {
	Sample         int // percent; -1 where none is given
	Findings       *Destinations
	WithoutFinding *Destinations
}

// Destinations are where notes go.
type Destinations struct{ LogGroup, Bucket, Stream string }

// Deidentify hides what is found: behind a character, or by leaving it out.
type Deidentify struct {
	Mask   string // the character; "" is the service's own choice
	Redact bool
}

// document is the policy as it is written.
type document struct {
	Name          string `json:"Name"`
	Description   string `json:"Description"`
	Version       string `json:"Version"`
	Configuration *struct {
		Custom []struct {
			Name  string `json:"Name"`
			Regex string `json:"Regex"`
		} `json:"CustomDataIdentifier"`
	} `json:"Configuration"`
	Statement []struct {
		Sid         string   `json:"Sid"`
		Direction   string   `json:"DataDirection"`
		Principal   []string `json:"Principal"`
		Identifiers []string `json:"DataIdentifier"`
		Operation   *struct {
			Audit *struct {
				Sample   json.RawMessage `json:"SampleRate"`
				Findings *destinations   `json:"FindingsDestination"`
				Without  *destinations   `json:"NoFindingsDestination"`
			} `json:"Audit"`
			Deidentify *struct {
				Mask *struct {
					Character *string `json:"MaskWithCharacter"`
				} `json:"MaskConfig"`
				Redact *struct{} `json:"RedactConfig"`
			} `json:"Deidentify"`
			Deny *struct{} `json:"Deny"`
		} `json:"Operation"`
	} `json:"Statement"`
}

type destinations struct {
	Logs *struct {
		Group string `json:"LogGroup"`
	} `json:"CloudWatchLogs"`
	Firehose *struct {
		Stream string `json:"DeliveryStream"`
	} `json:"Firehose"`
	S3 *struct {
		Bucket string `json:"Bucket"`
	} `json:"S3"`
}

// Bounds of a policy. User Guide: "Custom data identifiers".
const (
	maxStatements = 50
	maxCustom     = 10
	maxCustomName = 128
	maxRegex      = 200
)

// Parse reads a policy. What is wrong with one is said in words for its author.
func Parse(text string) (*Policy, error) {
	if n := utf8.RuneCountInString(text); n > MaxPolicy {
		return nil, fmt.Errorf("the policy has %d characters; %d are allowed", n, MaxPolicy)
	}
	var d document
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&d); err != nil {
		return nil, fmt.Errorf("the policy is not the JSON of a data protection policy: %s", strings.TrimPrefix(err.Error(), "json: "))
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the policy is not the JSON of a data protection policy: there is more behind it")
	}
	switch {
	case d.Name == "":
		return nil, errors.New("the policy has no Name")
	case d.Version != Version:
		return nil, fmt.Errorf("the Version must be %s", Version)
	case len(d.Statement) == 0:
		return nil, errors.New("the policy has no Statement")
	case len(d.Statement) > maxStatements:
		return nil, fmt.Errorf("the policy has more than %d statements", maxStatements)
	}
	p := &Policy{Name: d.Name, Description: d.Description}
	if err := p.readCustom(&d); err != nil {
		return nil, err
	}
	for i := range d.Statement {
		s, err := p.readStatement(&d, i)
		if err != nil {
			return nil, fmt.Errorf("statement %d: %w", i+1, err)
		}
		p.Statements = append(p.Statements, *s)
	}
	if _, err := New(nil, p.Custom); err != nil {
		return nil, err
	}
	return p, nil
}

func (p *Policy) readCustom(d *document) error {
	if d.Configuration == nil {
		return nil
	}
	if len(d.Configuration.Custom) > maxCustom {
		return fmt.Errorf("the policy has more than %d custom data identifiers", maxCustom)
	}
	for _, c := range d.Configuration.Custom {
		switch {
		case c.Name == "" || len(c.Name) > maxCustomName || strings.Trim(c.Name, letters+"_-") != "":
			return fmt.Errorf("the name of a custom data identifier has 1 to %d letters, digits, underscores and hyphens", maxCustomName)
		case IsManaged(c.Name):
			return fmt.Errorf("the custom data identifier %s has the name of a managed one", c.Name)
		case p.custom(c.Name):
			return fmt.Errorf("there are two custom data identifiers %s", c.Name)
		case c.Regex == "" || len(c.Regex) > maxRegex:
			return fmt.Errorf("the Regex of the data identifier %s must have 1 to %d characters", c.Name, maxRegex)
		}
		for _, r := range c.Regex {
			if r >= utf8.RuneSelf || !strings.ContainsRune(letters+`_#=@/;,- ^$?[]{}|\*+.`, r) {
				return fmt.Errorf("the Regex of the data identifier %s must not have the character %q", c.Name, r)
			}
		}
		p.Custom = append(p.Custom, Custom(c))
	}
	return nil
}

const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

func (p *Policy) custom(name string) bool {
	for _, c := range p.Custom {
		if c.Name == name {
			return true
		}
	}
	return false
}

func (p *Policy) readStatement(d *document, i int) (*Statement, error) {
	in := &d.Statement[i]
	s := &Statement{Sid: in.Sid, Direction: in.Direction, Principals: in.Principal}
	if in.Direction != "" && in.Direction != Inbound && in.Direction != Outbound {
		return nil, errors.New("the DataDirection must be Inbound or Outbound")
	}
	if len(in.Identifiers) == 0 {
		return nil, errors.New("there is no DataIdentifier")
	}
	for _, id := range in.Identifiers {
		name, managed := strings.CutPrefix(id, Prefix)
		switch {
		case managed && !IsManaged(name):
			return nil, fmt.Errorf("the data identifier %s does not exist, or is not built in this version of Vauban", bounded(id))
		case !managed && !p.custom(name):
			return nil, fmt.Errorf("the data identifier %s is neither the ARN of a managed one nor a custom one of the policy", bounded(id))
		}
		s.Identifiers = append(s.Identifiers, name)
	}
	return s, s.readOperation(d, i)
}

func (s *Statement) readOperation(d *document, i int) error {
	op := d.Statement[i].Operation
	n := 0
	if op != nil {
		for _, is := range []bool{op.Audit != nil, op.Deidentify != nil, op.Deny != nil} {
			if is {
				n++
			}
		}
	}
	if n != 1 {
		return errors.New("the Operation must be one of Audit, Deidentify and Deny")
	}
	s.Deny = op.Deny != nil
	if a := op.Audit; a != nil {
		rate, err := sampleRate(a.Sample)
		if err != nil {
			return err
		}
		s.Audit = &Audit{rate, a.Findings.read(), a.Without.read()}
		if s.Audit.Findings == nil && s.Audit.WithoutFinding == nil {
			return errors.New("the Audit operation must have a FindingsDestination")
		}
	}
	if x := op.Deidentify; x != nil {
		if (x.Mask == nil) == (x.Redact == nil) {
			return errors.New("the Deidentify operation must have one of MaskConfig and RedactConfig")
		}
		s.Deidentify = &Deidentify{Redact: x.Redact != nil}
		if x.Mask != nil && x.Mask.Character != nil {
			if utf8.RuneCountInString(*x.Mask.Character) != 1 {
				return errors.New("MaskWithCharacter must be one character")
			}
			s.Deidentify.Mask = *x.Mask.Character
		}
	}
	return nil
}

// sampleRate reads a percentage, which is written as a number or as a text.
func sampleRate(raw json.RawMessage) (int, error) {
	if raw == nil {
		return -1, nil
	}
	n, err := strconv.Atoi(strings.Trim(string(raw), `"`))
	if err != nil || n < 0 || n > 99 {
		return 0, errors.New("the SampleRate must be an integer from 0 to 99")
	}
	return n, nil
}

func (d *destinations) read() *Destinations {
	if d == nil {
		return nil
	}
	out := &Destinations{}
	if d.Logs != nil {
		out.LogGroup = d.Logs.Group
	}
	if d.Firehose != nil {
		out.Stream = d.Firehose.Stream
	}
	if d.S3 != nil {
		out.Bucket = d.S3.Bucket
	}
	return out
}

// Detector makes the detector of a list of the policy's identifiers.
func (p *Policy) Detector(identifiers []string) (*Detector, error) {
	var managed []string
	var own []Custom
	for _, name := range identifiers {
		if IsManaged(name) {
			managed = append(managed, name)
		}
	}
	for _, c := range p.Custom {
		for _, name := range identifiers {
			if name == c.Name {
				own = append(own, c)
				break
			}
		}
	}
	return New(managed, own)
}

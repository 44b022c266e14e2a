package logtransform

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"vauban/engine/regex"
)

// config is one processor as clients write it. Exactly one member is set. API reference: "Processor".
type config struct {
	ParseJSON         *parseJSON       `json:"parseJSON"`
	ParseKeyValue     *parseKeyValue   `json:"parseKeyValue"`
	Grok              *grok            `json:"grok"`
	CSV               *parseCSV        `json:"csv"`
	ParseVPC          *parseVPC        `json:"parseVPC"`
	ParseCloudfront   *parseCloudfront `json:"parseCloudfront"`
	ParseRoute53      *parseRoute53    `json:"parseRoute53"`
	ParseWAF          *parseWAF        `json:"parseWAF"`
	ParsePostgres     *parsePostgres   `json:"parsePostgres"`
	ParseToOCSF       *json.RawMessage `json:"parseToOCSF"`
	AddKeys           *addKeys         `json:"addKeys"`
	DeleteKeys        *deleteKeys      `json:"deleteKeys"`
	MoveKeys          *moveKeys        `json:"moveKeys"`
	RenameKeys        *renameKeys      `json:"renameKeys"`
	CopyValue         *copyValue       `json:"copyValue"`
	ListToMap         *listToMap       `json:"listToMap"`
	TypeConverter     *typeConverter   `json:"typeConverter"`
	DateTimeConverter *dateConverter   `json:"dateTimeConverter"`
	SubstituteString  *substitute      `json:"substituteString"`
	SplitString       *split           `json:"splitString"`
	LowerCaseString   *lower           `json:"lowerCaseString"`
	UpperCaseString   *upper           `json:"upperCaseString"`
	TrimString        *trim            `json:"trimString"`
}

// processor is one step at work.
type processor interface {
	// prepare checks the configuration, and fills in what is left out.
	prepare(*regex.Compiler) error
	apply(*event) error
}

// Bounds of a transformer. User Guide: "Create and manage log transformers".
const (
	maxProcessors = 20
	maxParsers    = 5
	maxConfig     = 64 << 10 // bytes
)

// Transformer is a configuration that is ready for use.
type Transformer struct{ steps []processor }

// Compile reads a configuration: a JSON array of processors.
func Compile(text []byte) (*Transformer, error) {
	if len(text) > maxConfig {
		return nil, fmt.Errorf("the transformer has more than %d bytes", maxConfig)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var list []config
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("the transformer is no list of processors: %w", err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something behind the list of processors")
	}
	if len(list) == 0 || len(list) > maxProcessors {
		return nil, fmt.Errorf("a transformer has 1 to %d processors", maxProcessors)
	}
	t, expressions := &Transformer{}, &regex.Compiler{}
	for i := range list {
		step, err := list[i].processor()
		if err == nil {
			err = step.prepare(expressions)
		}
		if err != nil {
			return nil, fmt.Errorf("processor %d: %w", i+1, err)
		}
		t.steps = append(t.steps, step)
	}
	return t, t.check()
}

// processor is the one member that is set.
func (c *config) processor() (one processor, err error) {
	n := 0
	take := func(set bool, p processor) {
		if set {
			n, one = n+1, p
		}
	}
	take(c.ParseJSON != nil, c.ParseJSON)
	take(c.ParseKeyValue != nil, c.ParseKeyValue)
	take(c.Grok != nil, c.Grok)
	take(c.CSV != nil, c.CSV)
	take(c.ParseVPC != nil, c.ParseVPC)
	take(c.ParseCloudfront != nil, c.ParseCloudfront)
	take(c.ParseRoute53 != nil, c.ParseRoute53)
	take(c.ParseWAF != nil, c.ParseWAF)
	take(c.ParsePostgres != nil, c.ParsePostgres)
	take(c.AddKeys != nil, c.AddKeys)
	take(c.DeleteKeys != nil, c.DeleteKeys)
	take(c.MoveKeys != nil, c.MoveKeys)
	take(c.RenameKeys != nil, c.RenameKeys)
	take(c.CopyValue != nil, c.CopyValue)
	take(c.ListToMap != nil, c.ListToMap)
	take(c.TypeConverter != nil, c.TypeConverter)
	take(c.DateTimeConverter != nil, c.DateTimeConverter)
	take(c.SubstituteString != nil, c.SubstituteString)
	take(c.SplitString != nil, c.SplitString)
	take(c.LowerCaseString != nil, c.LowerCaseString)
	take(c.UpperCaseString != nil, c.UpperCaseString)
	take(c.TrimString != nil, c.TrimString)
	switch {
	case c.ParseToOCSF != nil:
		return nil, errors.New("parseToOCSF is not built in this version of Vauban")
	case n != 1:
		return nil, errors.New("it must be exactly one processor")
	}
	return one, nil
}

// check refuses orders and numbers of processors that AWS does.
func (t *Transformer) check() error {
	parsers, groks, adds, copies := 0, 0, 0, 0
	for i, step := range t.steps {
		switch step.(type) {
		case *grok:
			groks++
			parsers++
		case *parseJSON, *parseKeyValue, *parseCSV:
			parsers++
		case *parseVPC, *parseCloudfront, *parseRoute53, *parseWAF, *parsePostgres:
			parsers++
			if i > 0 {
				return errors.New("a parser of AWS's own logs must be the first processor")
			}
		case *addKeys:
			adds++
		case *copyValue:
			copies++
		}
		if i == 0 && parsers == 0 {
			return errors.New("the first processor must be a parser")
		}
	}
	switch {
	case parsers > maxParsers:
		return fmt.Errorf("a transformer has %d parsers at most", maxParsers)
	case groks > 1 || adds > 1 || copies > 1:
		return errors.New("a transformer has one grok, one addKeys and one copyValue at most")
	}
	return nil
}

// messageKey is the source that stands for the whole message.
const messageKey = "@message"

// checkPaths refuses keys that are too long or too deep.
func checkPaths(paths ...string) error {
	for _, p := range paths {
		switch {
		case p == "" || len(p) > 128:
			return errors.New("a key has 1 to 128 characters")
		case strings.Count(p, ".") > 2:
			return fmt.Errorf("the key %s is nested deeper than 3", p)
		case strings.HasPrefix(p, ".") || strings.HasSuffix(p, ".") || strings.Contains(p, ".."):
			return fmt.Errorf("the key %s has an empty part", p)
		}
	}
	return nil
}

// entries checks how many there are.
func entries(n, most int) error {
	if n < 1 || n > most {
		return fmt.Errorf("it has 1 to %d entries", most)
	}
	return nil
}

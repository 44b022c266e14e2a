package lifecycle

import (
	"strings"
	"time"
)

// MaxRules is how many rules a bucket may have.
const MaxRules = 1000

// Fault is what is wrong with a configuration, with S3's code and words.
type Fault struct{ Code, Message string }

func (f *Fault) Error() string { return "lifecycle: " + f.Message }

func malformed() error {
	return &Fault{"MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"}
}

func argument(message string) error { return &Fault{"InvalidArgument", message} }

func request(message string) error { return &Fault{"InvalidRequest", message} }

// Check says whether S3 would store the rules.
func Check(rules []Rule) error {
	if len(rules) == 0 || len(rules) > MaxRules {
		return malformed()
	}
	seen := map[string]bool{}
	for i := range rules {
		if err := rules[i].check(); err != nil {
			return err
		}
		if id := rules[i].ID; id != "" {
			if seen[id] {
				return argument("Rule ID must be unique. Found same ID for more than one rule")
			}
			seen[id] = true
		}
	}
	return nil
}

func (r *Rule) check() error {
	if len(r.ID) > 255 {
		return argument("ID length should not exceed allowed limit of 255")
	}
	if r.Expiration == nil && r.Noncurrent == nil && r.AbortDays == nil {
		return request("At least one action needs to be specified in a rule")
	}
	for _, check := range [...]func(*Rule) error{(*Rule).checkFilter, (*Rule).checkExpiration, (*Rule).checkNoncurrent, (*Rule).checkAbort} {
		if err := check(r); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rule) checkFilter() error {
	f := &r.Filter
	predicates := len(f.Tags)
	for _, set := range []bool{f.Prefix != nil, f.Greater != nil, f.Less != nil} {
		if set {
			predicates++
		}
	}
	switch {
	case f.Form == Single && predicates > 1, f.Form == And && predicates < 2:
		return malformed()
	case f.Greater != nil && *f.Greater < 0, f.Less != nil && *f.Less < 1:
		return malformed()
	case f.Greater != nil && f.Less != nil && *f.Greater >= *f.Less:
		return request("'ObjectSizeGreaterThan' has to be a value less than 'ObjectSizeLessThan'.")
	case f.Prefix != nil && len(*f.Prefix) > 1024:
		return request("The maximum size of a prefix is 1024.")
	}
	for k, v := range f.Tags {
		if k == "" || len([]rune(k)) > 128 || len([]rune(v)) > 256 {
			return &Fault{"InvalidTag", "The TagKey you have provided is invalid"}
		}
	}
	return nil
}

func (r *Rule) checkExpiration() error {
	e := r.Expiration
	if e == nil {
		return nil
	}
	ways := 0
	for _, set := range []bool{e.Days != nil, e.Date != nil, e.DeleteMarker != nil} {
		if set {
			ways++
		}
	}
	switch {
	case ways != 1:
		return malformed()
	case e.Days != nil && *e.Days < 1:
		return argument("'Days' for Expiration action must be a positive integer")
	case e.Days != nil && *e.Days > maxDays:
		return malformed()
	case e.Date != nil && !e.Date.Equal(e.Date.UTC().Truncate(24*time.Hour)):
		return argument("'Date' must be at midnight GMT")
	case e.DeleteMarker != nil && len(r.Filter.Tags) > 0:
		return request("ExpiredObjectDeleteMarker cannot be specified with Tags.")
	case e.DeleteMarker != nil && (r.Filter.Greater != nil || r.Filter.Less != nil):
		return malformed()
	}
	return nil
}

// maxDays is the largest number of days that S3 takes, a 32-bit integer.
const maxDays = 1<<31 - 1

func (r *Rule) checkNoncurrent() error {
	n := r.Noncurrent
	if n == nil {
		return nil
	}
	switch {
	case n.Days == nil || *n.Days > maxDays:
		return malformed()
	case *n.Days < 1:
		return argument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer")
	case n.Newer != nil && (*n.Newer < 1 || *n.Newer > 100):
		return argument("'NewerNoncurrentVersions' for NoncurrentVersionExpiration action must be a positive integer between 1 and 100")
	}
	return nil
}

func (r *Rule) checkAbort() error {
	switch {
	case r.AbortDays == nil:
		return nil
	case *r.AbortDays < 1:
		return argument("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer")
	case *r.AbortDays > maxDays:
		return malformed()
	case len(r.Filter.Tags) > 0:
		return request("AbortIncompleteMultipartUpload cannot be specified with Tags.")
	case r.Filter.Greater != nil || r.Filter.Less != nil:
		return request("AbortIncompleteMultipartUpload cannot be specified with " + strings.Join(sizes(&r.Filter), " or ") + ".")
	}
	return nil
}

func sizes(f *Filter) []string {
	var out []string
	if f.Greater != nil {
		out = append(out, "ObjectSizeGreaterThan")
	}
	if f.Less != nil {
		out = append(out, "ObjectSizeLessThan")
	}
	return out
}

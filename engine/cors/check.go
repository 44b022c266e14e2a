package cors

import (
	"fmt"
	"strings"
)

// MaxRules is how many rules a bucket may have.
const MaxRules = 100

// Fault is what is wrong with a configuration, in S3's words. Malformed says that it is not what the schema wants.
type Fault struct {
	Malformed bool
	Message   string
}

func (f *Fault) Error() string { return "cors: " + f.Message }

// Check says whether S3 would store the rules.
func Check(rules []Rule) error {
	if len(rules) == 0 || len(rules) > MaxRules {
		return malformed()
	}
	for i := range rules {
		if err := rules[i].check(); err != nil {
			return err
		}
	}
	return nil
}

func malformed() error {
	return &Fault{Malformed: true, Message: "The XML you provided was not well-formed or did not validate against our published schema"}
}

func (r *Rule) check() error {
	if len(r.Origins) == 0 || len(r.Methods) == 0 || len(r.ID) > 255 || r.MaxAge != nil && *r.MaxAge < 0 {
		return malformed()
	}
	for _, m := range r.Methods {
		if !IsMethod(m) {
			return &Fault{Message: "Found unsupported HTTP method in CORS config. Unsupported method is " + m}
		}
	}
	for _, list := range []struct {
		element string
		values  []string
	}{{"AllowedOrigin", r.Origins}, {"AllowedHeader", r.Headers}} {
		for _, v := range list.values {
			if strings.Count(v, "*") > 1 {
				return &Fault{Message: fmt.Sprintf("%s \"%s\" can not have more than one wildcard.", list.element, v)}
			}
		}
	}
	for _, v := range r.ExposeHeaders {
		if strings.Contains(v, "*") {
			return &Fault{Message: fmt.Sprintf("ExposeHeader \"%s\" contains wildcard. We currently do not support wildcard for ExposeHeader.", v)}
		}
	}
	return nil
}

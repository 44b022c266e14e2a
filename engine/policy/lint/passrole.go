package lint

import (
	"strings"

	"vauban/engine/glob"
)

// passed is an action on roles that a statement can allow on too many of them, with the beginning of its issue codes and the condition key
// that bounds it instead of the resource.
type passed struct {
	action, code, key string
}

// passedRoles makes the checks of iam:PassRole and iam:CreateServiceLinkedRole in identity policies, each statement for itself.
func (c *checker) passedRoles(s *statement) {
	if c.kind.Policy != Identity || s.effect != "Allow" {
		return
	}
	for _, p := range []passed{
		{"iam:PassRole", "PASS_ROLE_WITH_", "iam:PassedToService"},
		{"iam:CreateServiceLinkedRole", "CREATE_SLR_WITH_", "iam:AWSServiceName"},
	} {
		if s.has(p.key) {
			continue
		}
		exact, star := allowing(s, p.action)
		resources := c.widely(s, p)
		if len(resources) == 0 {
			continue
		}
		where := "RESOURCE"
		if s.notResource {
			where = "NOT_RESOURCE"
		}
		switch {
		case s.notAction && len(exact)+len(star) == 0 && len(s.actions) > 0:
			element, _ := s.get("NotAction")
			code := p.code + "STAR_IN_RESOURCE_AND_NOT_ACTION"
			if s.notResource {
				code = p.code + "NOT_ACTION_AND_NOT_RESOURCE"
			}
			c.report(code, append([]place{element}, resources...))
		case s.notAction:
		default:
			if len(star) > 0 {
				c.report(p.code+"STAR_IN_ACTION_AND_"+where, append(star, resources...))
			}
			if len(exact) > 0 {
				code := p.code + "STAR_IN_RESOURCE"
				if s.notResource {
					code = p.code + "NOT_RESOURCE"
				}
				c.report(code, append(exact, resources...))
			}
		}
	}
}

// allowing returns the elements that are the action, and those that match it by a wildcard.
func allowing(s *statement, action string) (exact, star []place) {
	for _, a := range s.actions {
		switch {
		case strings.EqualFold(a.Text, action):
			exact = append(exact, a)
		case glob.Match(strings.ToLower(a.Text), strings.ToLower(action)):
			star = append(star, a)
		}
	}
	return exact, star
}

// widely returns the resources that take in roles that the author may not have thought of; a NotResource as a whole.
func (c *checker) widely(s *statement, p passed) []place {
	if s.notResource {
		element, _ := s.get("NotResource")
		return []place{element}
	}
	var out []place
	for _, r := range s.resources {
		if c.wide(r.Text, p) {
			out = append(out, r)
		}
	}
	return out
}

// wide judges one resource. The name of a role may begin with the name of a service and go on with a wildcard, as services call their
// roles; a service-linked role must name its service.
func (c *checker) wide(text string, p passed) bool {
	if text == "*" {
		return true
	}
	f := fields(text)
	if f.n < 6 || !c.overlap(f.text[2], "iam") || !c.overlap(f.text[5], "role/*") {
		return false
	}
	at := strings.IndexAny(f.text[5], "*?")
	if at < 0 {
		return false
	}
	head := strings.ToLower(f.text[5][:at])
	if p.key == "iam:AWSServiceName" {
		name, ok := strings.CutPrefix(head, "role/aws-service-role/")
		return !ok || name == ""
	}
	name := head[strings.LastIndexByte(head, '/')+1:]
	for _, own := range []string{"awsservicerolefor", "aws", "amazon"} {
		if rest, ok := strings.CutPrefix(name, own); ok {
			name = rest
			break
		}
	}
	if strings.HasPrefix(name, "service") {
		return false
	}
	for _, s := range c.cat.Services() {
		if strings.HasPrefix(name, s.Prefix) {
			return false
		}
	}
	return true
}

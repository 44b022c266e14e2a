package policy

import (
	"strings"

	"vauban/engine/glob"
)

// compileResource compiles an element of Resource or NotResource. A wildcard stays within its segment of the ARN, unless it is a *
// at the segment's end or stands in the last part, which has colons of its own. Variables are replaced only after the fifth colon;
// before it they make the element match nothing. AWS documentation: "IAM JSON policy elements: Resource", "… Variables and tags".
func compileResource(text string, variables bool) resourcePattern {
	if text == "*" {
		return resourcePattern{glob: glob.Compile(text), star: true}
	}
	last := fifthColon(text)
	if variables && strings.Contains(text, "${") {
		if last < 0 || strings.Contains(text[:last], "${") {
			return resourcePattern{}
		}
		t := parseTemplate(text[last:], true)
		t.lead = segments(text[:last])
		if !t.fixed() {
			return resourcePattern{template: t}
		}
		return resourcePattern{glob: t.pattern()}
	}
	if last < 0 {
		return resourcePattern{glob: segments(text)}
	}
	return resourcePattern{glob: glob.Code(nil).Append(segments(text[:last])).Append(glob.Compile(text[last:])).Pattern()}
}

// fifthColon returns where the fifth colon is, or -1.
func fifthColon(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] == ':' {
			if n++; n == 5 {
				return i
			}
		}
	}
	return -1
}

// segments compiles the part of an ARN before the fifth colon.
func segments(text string) glob.Pattern {
	var c glob.Code
	for {
		i := strings.IndexAny(text, "*?")
		if i < 0 {
			return c.Literal(text).Pattern()
		}
		c = c.Literal(text[:i])
		if text[i] == '?' {
			c, text = c.One(true), text[i+1:]
			continue
		}
		text = strings.TrimLeft(text[i:], "*")
		c = c.Run(text != "" && text[0] != ':')
	}
}

// matches says whether the element names the request's resource. For actions without resource types the resource is "*", and only
// an element of exactly "*" names it.
func (p *resourcePattern) matches(e *evaluation) bool {
	switch {
	case p.star:
		return true
	case e.req.Resource == "*":
		return false
	case p.template != nil:
		return p.template.matchGlob(e, e.req.Resource)
	}
	return p.glob.Match(e.req.Resource)
}

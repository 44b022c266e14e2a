package catalog

import (
	"slices"
	"strings"
)

// Catalog is the table. It is immutable and may be shared.
type Catalog struct {
	services []*Service // in the order of their prefixes
	globals  []Key      // in the order of their names
}

// Service is what the reference says of one service.
type Service struct {
	Prefix        string // of its actions: "s3"
	Name          string // "Amazon S3"
	RCP           bool   // resource control policies cover its resources
	Actions       []Action
	ResourceTypes []ResourceType
	Keys          []Key
}

// Level is what an action does, in the reference's five classes.
type Level byte

// The access levels. An action that the reference puts into two of them counts in the rarer one.
const (
	List        Level = 'L'
	Read        Level = 'R'
	Write       Level = 'W'
	Permissions Level = 'P'
	Tagging     Level = 'T'
)

// String is the reference's name of the level.
func (l Level) String() string {
	switch l {
	case List:
		return "List"
	case Read:
		return "Read"
	case Write:
		return "Write"
	case Permissions:
		return "Permissions management"
	case Tagging:
		return "Tagging"
	}
	return "unknown"
}

// Action is one action of a service.
type Action struct {
	Name       string // "GetObject"
	Level      Level
	Resources  []ResourceUse // none: the action can only be granted on "*"
	Keys       []string      // condition keys that hold whatever the resource
	Dependents []string      // actions that the caller needs as well, with prefix
}

// ResourceUse is a resource type on which an action can be granted.
type ResourceUse struct {
	Type     string
	Required bool
	Keys     []string // condition keys that hold for the action on this type
}

// ResourceType is a kind of resource of a service.
type ResourceType struct {
	Name string
	ARN  string // its format: "arn:${Partition}:s3:::${BucketName}"
	Keys []string
}

// Key is a condition key. A name can end in a placeholder: "aws:ResourceTag/${TagKey}".
type Key struct {
	Name string
	Type string // String, ARN, Bool, Numeric, Date, IPAddress, Binary, or ArrayOf one of them
}

// Services returns all services in the order of their prefixes. The list is the catalogue's own.
func (c *Catalog) Services() []*Service { return c.services }

// Service returns the service of a prefix, in any case.
func (c *Catalog) Service(prefix string) (*Service, bool) {
	i, ok := slices.BinarySearchFunc(c.services, prefix, func(s *Service, p string) int { return compareFold(s.Prefix, p) })
	if !ok {
		return nil, false
	}
	return c.services[i], true
}

// Action returns the action of a full name, "s3:GetObject", in any case.
func (c *Catalog) Action(name string) (*Action, bool) {
	prefix, op, _ := strings.Cut(name, ":")
	s, ok := c.Service(prefix)
	if !ok {
		return nil, false
	}
	return s.Action(op)
}

// Action returns the action of a name without prefix, in any case.
func (s *Service) Action(name string) (*Action, bool) {
	i, ok := slices.BinarySearchFunc(s.Actions, name, func(a Action, n string) int { return compareFold(a.Name, n) })
	if !ok {
		return nil, false
	}
	return &s.Actions[i], true
}

// ResourceType returns the type of that name.
func (s *Service) ResourceType(name string) (*ResourceType, bool) {
	i := slices.IndexFunc(s.ResourceTypes, func(r ResourceType) bool { return r.Name == name })
	if i < 0 {
		return nil, false
	}
	return &s.ResourceTypes[i], true
}

// compareFold orders ASCII texts without regard to case.
func compareFold(a, b string) int {
	for i := range min(len(a), len(b)) {
		if x, y := lower(a[i]), lower(b[i]); x != y {
			return int(x) - int(y)
		}
	}
	return len(a) - len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

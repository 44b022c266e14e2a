package kms

import (
	"maps"
	"slices"
	"strings"

	api "vauban/api/kms"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
)

// about is what a request is about, as far as authorisation goes: a key, and condition keys. AWS Service Authorization Reference: "Actions, resources,
// and condition keys for AWS Key Management Service".
type about struct {
	id      string // as the request names the key
	aliases bool   // the operation takes names of aliases
	cross   bool   // the operation may be about a key of another account
	idle    bool   // the operation gives the days since the key was used last
	makes   bool   // an AWS managed key is made at this call
	action  string
	bound   bool // the request has an encryption context, if an empty one
	tokens  []string
	context map[string]string // encryption context
	keys    map[string][]string
	multi   []string
	grant   *Grant // that is to be made, if any
	problem error  // what is wrong with the request, where it cannot even be asked about
	shown   any    // requestParameters of the record, where not the whole input
}

// set gives a condition key, unless the value is empty.
func (a *about) set(key string, values ...string) {
	if len(values) == 0 || len(values) == 1 && values[0] == "" {
		return
	}
	if a.keys == nil {
		a.keys = make(map[string][]string, 12)
	}
	a.keys[key] = values
}

// setMulti gives a condition key that holds a set.
func (a *about) setMulti(key string, values []string) {
	if len(values) > 0 {
		a.set(key, values...)
		a.multi = append(a.multi, key)
	}
}

// cryptographic is what operations that use a key have in common: any name of the key will do, also of another account's.
func (a *about) cryptographic(id *string, tokens []string) {
	a.id, a.tokens, a.aliases, a.cross, a.makes = wire.Text(id), tokens, true, true, true
}

// encrypts gives the keys of an encryption context and algorithm.
func (a *about) encrypts(context map[string]string, algorithm string) {
	a.context, a.bound = context, true
	a.set("kms:EncryptionAlgorithm", algorithm)
	names := make([]string, 0, len(context))
	for k, v := range context {
		a.set("kms:EncryptionContext:"+k, v)
		names = append(names, k)
	}
	slices.Sort(names)
	a.setMulti("kms:EncryptionContextKeys", names)
}

// onKey makes a row's resource rule.
func onKey[In any](s *Service, op *wire.Operation, of subject[In]) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		if c.Caller.Kind == policy.Anonymous { // also through a service: nobody is without a name here
			return nil, errAccessDenied.New("The request is not signed: a key is used by those who can be named.")
		}
		a := &about{action: op.Actions[0].Name}
		of(c, in, a)
		if a.shown != nil {
			c.Record().Request = a.shown
		}
		if a.problem == nil {
			a.problem = checkContext(a.context)
		}
		if a.problem != nil {
			return nil, a.problem
		}
		f, err := s.find(c, a)
		if err != nil {
			return nil, err
		}
		if f.foreign = !a.cross && f.account != c.Account; f.foreign {
			f.problem = nil
		}
		c.Found = f
		q, err := s.question(c, f, a)
		return []service.Question{q}, err
	}
}

// question is whether the caller may do what the request asks with the key.
func (s *Service) question(c *service.Call, f *found, a *about) (service.Question, error) {
	callerKeys(c, a)
	q := service.Question{Action: a.action, Resource: f.arn, Account: f.account, ResourceType: typeKey}
	if f.alias != "" {
		a.set("kms:RequestAlias", f.alias)
	}
	if f.key == nil {
		if f.account != c.Account {
			q.Kind = policy.KMSKey // nobody may do anything with it, as with a key whose policy says nothing
		}
		q.Context, q.Multi = a.keys, a.multi
		return q, nil
	}
	if a.idle {
		days, err := idleDays(c.Tx, f.key.Key, c.Time)
		if err != nil {
			return q, err
		}
		a.set("kms:TrailingDaysWithoutKeyUsage", number(days))
	}
	q.Kind, q.Policy = policy.KMSKey, &f.key.policy
	q.Context, q.Multi = maps.Clone(f.key.keys), append(a.multi, "kms:ResourceAliases")
	maps.Copy(q.Context, a.keys)
	if f.key.GrantsAt == "" {
		return q, nil
	}
	var err error
	q.Grants, err = s.grantsFor(c, f.key, a)
	return q, err
}

// callerKeys are those that say from where a call comes. kms:ViaService is of services that call on somebody's behalf.
func callerKeys(c *service.Call, a *about) {
	if c.Caller.Account != "" {
		a.set("kms:CallerAccount", c.Caller.Account)
	}
	if n := len(c.Caller.CalledVia); n > 0 {
		a.set("kms:ViaService", viaService(c.Caller.CalledVia[n-1], c.Region))
	}
}

// viaService is the value of kms:ViaService: "s3.us-east-1.amazonaws.com" for "s3.amazonaws.com".
func viaService(principal, region string) string {
	name, rest, _ := strings.Cut(principal, ".")
	return name + "." + region + "." + rest
}

// keyKeys are those that the key gives.
func keyKeys(k *Key) map[string][]string {
	a := &about{}
	a.set("kms:KeySpec", k.Spec)
	a.set("kms:KeyUsage", k.Usage)
	a.set("kms:KeyOrigin", k.Origin)
	a.set("kms:MultiRegion", boolText(k.MultiRegion))
	a.set("kms:MultiRegionKeyType", k.regionType())
	a.set("kms:ResourceAliases", k.Aliases...)
	service.ResourceTags(a.keys, service.Tags(k.Tags))
	return a.keys
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}

// regionType says whether a multi-Region key is the primary or a replica, "" for others.
func (k *Key) regionType() string {
	switch {
	case !k.MultiRegion:
		return ""
	case k.Primary == k.Region:
		return api.MultiRegionKeyTypePrimary
	}
	return api.MultiRegionKeyTypeReplica
}

// requestTags are the keys that tags in a request give.
func (a *about) requestTags(tags []api.Tag) {
	if a.keys == nil {
		a.keys = make(map[string][]string, 12)
	}
	service.RequestTags(a.keys, service.Tags(tags))
}

// byID is the subject of operations that take the ID or the ARN of a key of the caller's account.
func byID[In any](id func(*In) *string) subject[In] {
	return func(_ *service.Call, in *In, a *about) { a.id = wire.Text(id(in)) }
}

// onAll is the rule of operations without a key.
func onAll[In any](fill func(in *In, a *about)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		a := &about{}
		callerKeys(c, a)
		if fill != nil {
			fill(in, a)
		}
		return []service.Question{{Resource: "*", Context: a.keys, Multi: a.multi}}, nil
	}
}

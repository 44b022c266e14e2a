package iam

import (
	"strings"
	"time"

	"vauban/engine/arn"
	"vauban/store"
)

// TrustingRole is a role as far as its trust goes.
type TrustingRole struct {
	ARN, Account string
	Trust        string // principals that live as ARNs
}

// TrustingRoles are the roles of an account, for who asks whom they let in.
func TrustingRoles(tx store.Tx, account string) ([]TrustingRole, error) {
	var out []TrustingRole
	for r, err := range roles.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		text, err := r.renderedTrust(tx)
		if err != nil {
			return nil, err
		}
		out = append(out, TrustingRole{r.ARN(), r.Account, text})
	}
	return out, nil
}

// Holding is a user or role with what it holds, and when it used what last. Zero times mean never.
type Holding struct {
	ARN, Account  string
	Role          bool
	ServiceLinked bool
	Created       time.Time
	Tags          map[string]string
	Policies      []string // the texts of its identity policies, those of groups too
	LastUsed      time.Time
	Uses          map[string]UsedService // by prefix of the actions
	Keys          []HeldKey              // active ones
	Password      *HeldPassword
}

// UsedService is when a service was used last, and each of its actions.
type UsedService struct {
	Time    time.Time
	Actions map[string]time.Time
}

// HeldKey is an access key.
type HeldKey struct {
	ID                string
	Created, LastUsed time.Time
}

// HeldPassword is a password.
type HeldPassword struct{ Created, LastUsed time.Time }

// Holdings are the users and roles of an account, for who asks what they do not use.
func Holdings(tx store.Tx, account string) ([]Holding, error) {
	var out []Holding
	for u, err := range users.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		h, err := holdingOfUser(tx, u)
		if err != nil {
			return nil, err
		}
		out = append(out, *h)
	}
	for r, err := range roles.Each(tx, store.K(account)) {
		if err != nil {
			return nil, err
		}
		h := &Holding{ARN: r.ARN(), Account: account, Role: true, ServiceLinked: r.ServiceLinked(), Created: r.Created, Tags: tagMap(r.Tags)}
		use, err := lastUse(tx, lastUsedRole, r.ID)
		if err != nil {
			return nil, err
		}
		if use != nil {
			h.LastUsed = use.Time
		}
		if err := h.fill(tx, r.ID, &r.grants); err != nil {
			return nil, err
		}
		out = append(out, *h)
	}
	return out, nil
}

func holdingOfUser(tx store.Tx, u *User) (*Holding, error) {
	h := &Holding{ARN: u.ARN(), Account: u.Account, Created: u.Created, Tags: tagMap(u.Tags)}
	if u.Login != nil {
		h.Password = &HeldPassword{u.Login.Created, u.Login.LastUsed}
	}
	for k, err := range accessKeys.EachRef(tx, "user", store.K(u.Account, u.ID)) {
		if err != nil {
			return nil, err
		}
		if !k.Active {
			continue
		}
		held := HeldKey{ID: k.ID, Created: k.Created}
		use, err := lastUse(tx, lastUsedKey, k.ID)
		if err != nil {
			return nil, err
		}
		if use != nil {
			held.LastUsed = use.Time
		}
		h.Keys = append(h.Keys, held)
	}
	list := []*grants{&u.grants}
	for _, name := range u.Groups {
		g, err := groups.Get(tx, store.K(u.Account, name))
		if err != nil {
			return nil, err
		}
		list = append(list, &g.grants)
	}
	return h, h.fill(tx, u.ID, list...)
}

// fill adds policies and uses.
func (h *Holding) fill(tx store.Tx, id string, list ...*grants) error {
	for _, g := range list {
		for _, i := range g.Inline {
			h.Policies = append(h.Policies, i.JSON)
		}
		for _, attached := range g.Attached {
			ref, err := resolve(tx, h.Account, attached)
			if err != nil {
				return err
			}
			h.Policies = append(h.Policies, ref.json)
		}
	}
	uses, err := serviceUsesOf(tx, h.Account, id)
	if err != nil {
		return err
	}
	h.Uses = map[string]UsedService{}
	for namespace, u := range uses {
		used := UsedService{Time: u.Time, Actions: map[string]time.Time{}}
		for name, a := range u.Actions {
			used.Actions[name] = a.Time
		}
		h.Uses[namespace] = used
	}
	return nil
}

// PrincipalID is the unique ID of the user or role of that ARN, or [store.ErrNotFound].
func PrincipalID(tx store.Tx, text string) (string, error) {
	a, err := arn.Parse(text)
	if err != nil {
		return "", store.ErrNotFound
	}
	key := entityKey(a.Account, a.Name())
	if strings.HasPrefix(a.Resource, "user/") {
		u, err := users.Get(tx, key)
		if err != nil || u.ARN() != text {
			return "", orAbsent(err)
		}
		return u.ID, nil
	}
	r, err := roles.Get(tx, key)
	if err != nil || r.ARN() != text {
		return "", orAbsent(err)
	}
	return r.ID, nil
}

// orAbsent is the error, or that of an absent document.
func orAbsent(err error) error {
	if err == nil {
		return store.ErrNotFound
	}
	return err
}

package iam

import (
	"fmt"
	"slices"
	"strings"

	"vauban/engine/policy"
	"vauban/engine/policy/escalation"
	"vauban/service/iam/managed"
	"vauban/store"
)

// AddToWorld adds what IAM knows of an account: its principals with all that is attached to them, its groups, its managed policies with
// their versions, and those of AWS's that are in use.
func AddToWorld(tx store.Tx, account string, w *escalation.World) error {
	b := &worldReader{tx: tx, account: account, world: w, docs: map[string]*policy.Document{}, profiles: map[string][]string{}, used: map[string]bool{}}
	for i := range w.Policies {
		b.used[w.Policies[i].ARN] = true
	}
	if _, err := accounts.Get(tx, store.K(account)); err != nil {
		return fmt.Errorf("read account %s: %w", account, err)
	}
	w.Principals = append(w.Principals, escalation.Principal{Kind: policy.Root, ARN: rootARN(account), ID: account})
	for _, part := range []func() error{b.ownPolicies, b.groups, b.users, b.instanceProfiles, b.roles} {
		if err := part(); err != nil {
			return fmt.Errorf("read who is in account %s: %w", account, err)
		}
	}
	return nil
}

type worldReader struct {
	tx       store.Tx
	account  string
	world    *escalation.World
	docs     map[string]*policy.Document // by text
	profiles map[string][]string         // ARNs of instance profiles, by the role's ID
	used     map[string]bool             // managed policies that are in the world
}

// parse shares documents of equal text.
func (b *worldReader) parse(name, text string) (*policy.Document, error) {
	if d := b.docs[text]; d != nil {
		return d, nil
	}
	d, err := policy.Parse([]byte(text))
	if err != nil {
		return nil, fmt.Errorf("parse policy %s: %w", name, err)
	}
	b.docs[text] = d
	return d, nil
}

func (b *worldReader) ownPolicies() error {
	for p, err := range policies.Each(b.tx, store.K(b.account)) {
		if err != nil {
			return err
		}
		m := escalation.Managed{ARN: p.ARN(), Default: p.defaultVersion().ID()}
		for i := range p.Versions {
			d, err := b.parse(m.ARN, p.Versions[i].JSON)
			if err != nil {
				return err
			}
			m.Versions = append(m.Versions, escalation.Version{ID: p.Versions[i].ID(), Document: d})
		}
		b.world.Policies, b.used[m.ARN] = append(b.world.Policies, m), true
	}
	return nil
}

// inline reads the inline policies that are held, and sees to it that AWS's policies that are attached are there.
func (b *worldReader) inline(g *grants) ([]policy.Named, error) {
	var out []policy.Named
	for _, p := range g.Inline {
		d, err := b.parse(p.Name, p.JSON)
		if err != nil {
			return nil, err
		}
		out = append(out, policy.Named{Name: p.Name, Document: d})
	}
	for _, arn := range append(slices.Clone(g.Attached), g.Boundary) {
		p, ok := managed.ByARN(arn)
		if !ok || b.used[arn] {
			continue
		}
		d, err := b.parse(arn, p.JSON)
		if err != nil {
			return nil, err
		}
		b.used[arn] = true
		b.world.Policies = append(b.world.Policies, escalation.Managed{ARN: arn, Default: p.Version, Versions: []escalation.Version{{ID: p.Version, Document: d}}})
	}
	return out, nil
}

func (b *worldReader) groups() error {
	for g, err := range groups.Each(b.tx, store.K(b.account)) {
		if err != nil {
			return err
		}
		held, err := b.inline(&g.grants)
		if err != nil {
			return err
		}
		b.world.Groups = append(b.world.Groups, escalation.Group{ARN: g.ARN(), Inline: held, Attached: g.Attached})
	}
	return nil
}

func (b *worldReader) users() error {
	names := map[string]string{} // ARNs of groups, by name in lower case
	for _, g := range b.world.Groups {
		if strings.HasPrefix(g.ARN, entityARN(b.account, "group", "/", "")) {
			names[strings.ToLower(g.ARN[strings.LastIndexByte(g.ARN, '/')+1:])] = g.ARN
		}
	}
	all, err := users.List(b.tx, store.K(b.account), nil, 0)
	if err != nil {
		return err
	}
	for _, u := range all.Items {
		held, err := b.inline(&u.grants)
		if err != nil {
			return err
		}
		p := escalation.Principal{Kind: policy.User, ARN: u.ARN(), ID: u.ID, Tags: tagMap(u.Tags), Inline: held, Attached: u.Attached, Boundary: u.Boundary, LoginProfile: u.Login != nil}
		for _, name := range u.Groups {
			p.Groups = append(p.Groups, names[strings.ToLower(name)])
		}
		if p.AccessKeys, err = accessKeys.CountRef(b.tx, "user", store.K(b.account, u.ID), maxAccessKeys); err != nil {
			return err
		}
		if p.MFADevices, err = mfaDevices.CountRef(b.tx, "owner", store.K(b.account, u.ID), maxMFADevices); err != nil {
			return err
		}
		b.world.Principals = append(b.world.Principals, p)
	}
	return nil
}

func (b *worldReader) instanceProfiles() error {
	for p, err := range profiles.Each(b.tx, store.K(b.account)) {
		if err != nil {
			return err
		}
		b.profiles[p.RoleID] = append(b.profiles[p.RoleID], p.ARN())
	}
	return nil
}

func (b *worldReader) roles() error {
	for r, err := range roles.Each(b.tx, store.K(b.account)) {
		if err != nil {
			return err
		}
		held, err := b.inline(&r.grants)
		if err != nil {
			return err
		}
		trust, err := b.parse("of trust of "+r.Name, r.Trust)
		if err != nil {
			return err
		}
		b.world.Principals = append(b.world.Principals, escalation.Principal{Kind: policy.RoleSession, ARN: r.ARN(), ID: r.ID, Tags: tagMap(r.Tags), Inline: held,
			Attached: r.Attached, Boundary: r.Boundary, Trust: trust, Profiles: b.profiles[r.ID], ServiceLinked: r.ServiceLinked()})
	}
	return nil
}

package iam

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/big"
	"time"

	"vauban/service"
	"vauban/store"
)

// Admin is the administrator that the first start makes: an ordinary user with the policy AdministratorAccess.
type Admin struct {
	Account     string // 12 digits
	User        string
	AccessKeyID string
	Secret      string
}

const adminName = "admin"

const administratorAccess = "arn:aws:iam::aws:policy/AdministratorAccess"

// home names the management account of this deployment.
type home struct {
	Account string `json:"account"`
}

var homes = &store.Table[home]{Name: "iam.home", Key: func(*home) store.Key { return store.K("home") }}

// Home returns the management account, or [store.ErrNotFound] before the first start.
func Home(ctx context.Context, db store.DB) (account string, err error) {
	err = db.Read(ctx, func(tx store.Tx) error {
		h, err := homes.Get(tx, store.K("home"))
		if err == nil {
			account = h.Account
		}
		return err
	})
	return account, err
}

// errFirst says that another replica made the management account at the same time.
var errFirst = errors.New("another replica made the management account at the same time")

// Bootstrap makes the management account and its administrator, unless they exist. Empty members of want are made up. save gets the
// administrator before the store does, so that a key which works is never lost; it runs only at the first start. There are no root keys.
// It returns the management account, and whether it made it: not when another replica was faster, and then what save got is worth nothing.
func Bootstrap(ctx context.Context, d service.Deps, want Admin, save func(Admin) error) (account string, made bool, err error) {
	account, err = want.home(ctx, d.Store)
	if !errors.Is(err, store.ErrNotFound) {
		return account, false, err
	}
	own := want
	if err := own.complete(d.Rand); err != nil {
		return "", false, err
	}
	if save != nil {
		if err := save(own); err != nil {
			return "", false, fmt.Errorf("save the administrator's credentials: %w", err)
		}
	}
	err = d.Store.Write(ctx, func(tx store.Tx) error { return own.insert(tx, d) })
	if errors.Is(err, errFirst) {
		account, err = want.home(ctx, d.Store)
		return account, false, err
	}
	return own.Account, err == nil, err
}

// home returns the management account that exists, which must be the one that is wanted, if one is.
func (a *Admin) home(ctx context.Context, db store.DB) (account string, err error) {
	account, err = Home(ctx, db)
	if err == nil && a.Account != "" && a.Account != account {
		return "", fmt.Errorf("this data belongs to account %s, not %s", account, a.Account)
	}
	return account, err
}

func (a *Admin) complete(r io.Reader) (err error) {
	a.User = adminName
	if a.Account == "" {
		n, err := rand.Int(r, big.NewInt(900_000_000_000))
		if err != nil {
			return fmt.Errorf("make an account ID: %w", err)
		}
		a.Account = fmt.Sprintf("%012d", 100_000_000_000+n.Int64())
	}
	if a.AccessKeyID == "" {
		if a.AccessKeyID, err = NewAccessKeyID(r, longTermPrefix, a.Account); err != nil {
			return err
		}
		a.Secret, err = newSecret(r)
	}
	return err
}

func (a *Admin) insert(tx store.Tx, d service.Deps) error {
	now := d.Clock().UTC().Truncate(time.Second)
	if err := homes.Insert(tx, &home{Account: a.Account}); err != nil {
		var exists *store.ExistsError
		if errors.As(err, &exists) {
			return errFirst
		}
		return err
	}
	if err := accounts.Insert(tx, &Account{ID: a.Account, Created: now}); err != nil {
		return err
	}
	id, err := newUniqueID(d.Rand, userPrefix)
	if err != nil {
		return err
	}
	u := &User{Account: a.Account, Name: a.User, Path: "/", ID: id, Created: now}
	u.Attached = []string{administratorAccess}
	if err := use(tx, a.Account, administratorAccess, 1, 0); err != nil {
		return err
	}
	if err := counts.Insert(tx, &counted{Account: a.Account, Quota: userQuota.name, N: 1}); err != nil {
		return err
	}
	if err := users.Insert(tx, u); err != nil {
		return err
	}
	return insertKey(tx, d, u, a.AccessKeyID, a.Secret, now)
}

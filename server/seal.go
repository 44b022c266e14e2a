package server

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"vauban/seal"
)

// rootKeyFile holds the root key in the data directory, unless the operator keeps it elsewhere.
const rootKeyFile = "root.key"

// reloadRing is how often a replica looks for key versions that another one made; well within seal's grace time.
const reloadRing = 3 * time.Second

// source says where the root key comes from.
func (c *Config) source() seal.Source {
	path := c.RootKeyFile
	if path == "" && c.Data != "" {
		path = filepath.Join(c.Data, rootKeyFile)
	}
	switch {
	case len(c.RootUnwrap) > 0:
		return seal.Command{Argv: c.RootUnwrap, WrappedPath: path}
	case c.RootPassphrase != "":
		return seal.Passphrase{Phrase: []byte(c.RootPassphrase)}
	case path == "":
		return seal.Ephemeral{}
	}
	return seal.File{Path: path}
}

func (st *State) openSeal(ctx context.Context) (*seal.Ring, error) {
	ring, err := seal.Open(ctx, st.cfg.source(), seal.Keep(st.Store), seal.Options{Clock: st.cfg.Clock, Rand: st.cfg.Rand})
	if err != nil {
		return nil, fmt.Errorf("open the seal: %w", err)
	}
	return ring, nil
}

// followRing reads key versions that other replicas made until ctx ends. A failure shows in readiness, not here: the store is then
// unreachable for everything else too.
func (st *State) followRing(ctx context.Context) error {
	tick := time.NewTicker(reloadRing)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := st.Seal.Reload(ctx); err != nil && ctx.Err() == nil {
				st.cfg.Logger.Warn("the key ring could not be read anew", "error", err)
			}
		}
	}
}

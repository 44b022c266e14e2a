package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"vauban/seal"
	"vauban/server"
)

// rootKey says where the root key is, for commands that open the state without a server.
type rootKey struct {
	RootKeyFile    string `help:"File that holds the root key. Default: root.key in the data directory." type:"path"`
	RootPassphrase string `help:"Passphrase instead of the root key file." env:"VAUBAN_ROOT_PASSPHRASE"`
	RootUnwrap     string `help:"Command that unwraps the root key from stdin to stdout."`
}

func (k *rootKey) config(data, database string) server.Config {
	return server.Config{Data: data, Database: database, RootKeyFile: k.RootKeyFile, RootPassphrase: k.RootPassphrase, RootUnwrap: strings.Fields(k.RootUnwrap)}
}

type backupCommand struct {
	File     string `arg:"" help:"File to write." type:"path"`
	Data     string `help:"Data directory; its server may run." default:"${data}" type:"path" env:"VAUBAN_DATA"`
	Blobs    string `help:"Directory of the objects' bytes. Default: blobs in the data directory." env:"VAUBAN_BLOBS"`
	Database string `hidden:"" env:"VAUBAN_DATABASE"`
}

func (c *backupCommand) Run(ctx context.Context, io *stdio) error {
	f, err := os.OpenFile(c.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	m, err := server.Backup(ctx, server.Config{Data: c.Data, Database: c.Database, Blobs: c.Blobs}, f)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(c.File))
	}
	fmt.Fprintf(io.out, "Backed up account %s, %d databases and %d objects, to %s.\nThe root key is NOT in it. Keep a copy of %s/root.key apart: without it this backup cannot be restored.\n", m.Account, len(m.Files), m.Objects, c.File, c.Data)
	return nil
}

type restoreCommand struct {
	File     string `arg:"" help:"Backup to read." type:"existingfile"`
	Data     string `help:"Empty directory to restore into." default:"${data}" type:"path" env:"VAUBAN_DATA"`
	Blobs    string `help:"Directory to restore the objects' bytes into. Default: blobs in the data directory." env:"VAUBAN_BLOBS"`
	Database string `hidden:"" env:"VAUBAN_DATABASE"`
	rootKey
}

func (c *restoreCommand) Run(ctx context.Context, io *stdio) error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	cfg := c.config(c.Data, c.Database)
	cfg.Blobs = c.Blobs
	m, err := server.Restore(ctx, cfg, f)
	if errors.Is(err, seal.ErrNoRootKey) || errors.Is(err, seal.ErrWrongRootKey) {
		return hint(err, "copy the root key of the backed-up server to %s/root.key (mode 0600), or name it with --root-key-file", c.Data)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(io.out, "Restored account %s as of %s into %s.\nClients need the new CA bundle of this directory after the first start. Next: vauban up --data %s\n", m.Account, m.Created.Format("2006-01-02 15:04:05 MST"), c.Data, c.Data)
	return nil
}

package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"vauban/engine/treeproof"
)

// trailCommand is the group of commands that prove the event log, and check proofs without a server.
type trailCommand struct {
	Key    trailKey    `cmd:"" help:"Print the public key that the log is verified with. Keep it elsewhere."`
	Head   trailHead   `cmd:"" help:"Print the newest signed head of the log. Keep it elsewhere: nobody can then change what was logged before."`
	Prove  trailProve  `cmd:"" help:"Prove that an event is in the log, or that the log only grew since a head. The proof goes to standard output."`
	Verify trailVerify `cmd:"" help:"Check a proof or a head, without a server. Exit code 1 says that something was tampered with."`
}

// treeHead is GetTreeHead's answer.
type treeHead struct{ SignedHead, VerifierKey string }

// newestHead asks for the head, and does not take one that its key did not sign.
func newestHead(ctx context.Context, e *endpoint) (*treeHead, error) {
	v, err := e.vaubanAPI()
	if err != nil {
		return nil, err
	}
	h := &treeHead{}
	if err := v.call(ctx, "GetTreeHead", struct{}{}, h); err != nil {
		return nil, err
	}
	k, err := treeproof.ParseKey(h.VerifierKey)
	if err == nil {
		_, err = treeproof.OpenHead([]byte(h.SignedHead), k)
	}
	if err != nil {
		return nil, fmt.Errorf("the server's answer: %w", err)
	}
	return h, nil
}

type trailKey struct {
	endpoint
	Out string `help:"File to keep the key in. When it holds another key already, that is an error: this is another log, or somebody has replaced it." type:"path" placeholder:"FILE"`
}

// Run prints the key, and keeps it or compares it with the one that is kept.
func (c *trailKey) Run(ctx context.Context, io *stdio) error {
	h, err := newestHead(ctx, &c.endpoint)
	if err != nil {
		return err
	}
	if c.Out != "" {
		if err := keepKey(c.Out, h.VerifierKey); err != nil {
			return err
		}
	}
	_, err = fmt.Fprintln(io.out, h.VerifierKey)
	return err
}

func keepKey(path, key string) error {
	had, err := os.ReadFile(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return os.WriteFile(path, []byte(key+"\n"), 0o644)
	case err != nil:
		return fmt.Errorf("read the key that is kept: %w", err)
	case strings.TrimSpace(string(had)) != key:
		return hint(fmt.Errorf("the server's key is not the one in %s: this is another log, or somebody has replaced it", path),
			"check with whoever runs the server; until then trust only what verifies with the key that you kept")
	}
	return nil
}

type trailHead struct {
	endpoint
}

// Run prints the head as it is signed.
func (c *trailHead) Run(ctx context.Context, io *stdio) error {
	h, err := newestHead(ctx, &c.endpoint)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(io.out, h.SignedHead)
	return err
}

type trailProve struct {
	endpoint
	Event string `arg:"" optional:"" name:"event-id" help:"Event to prove: the eventID of its record."`
	From  string `help:"Prove instead that the log begins with the entries of the head in this file." type:"path" placeholder:"HEADFILE"`
}

// Run prints the proof, and on standard error what it is about.
func (c *trailProve) Run(ctx context.Context, io *stdio) error {
	if (c.Event == "") == (c.From == "") {
		return hint(errors.New("nothing to prove"), "give an event ID, or --from HEADFILE")
	}
	v, err := c.vaubanAPI()
	if err != nil {
		return err
	}
	if c.From != "" {
		return c.growth(ctx, io, v)
	}
	var p struct {
		Proof, LeafHash string
		Index, TreeSize int64
	}
	if err := v.call(ctx, "ProveEvent", map[string]any{"EventId": c.Event}, &p); err != nil {
		return err
	}
	fmt.Fprintf(io.err, "Event %s is entry %d of %d; leaf hash %s\n", c.Event, p.Index, p.TreeSize, p.LeafHash)
	_, err = fmt.Fprint(io.out, p.Proof)
	return err
}

func (c *trailProve) growth(ctx context.Context, io *stdio, v *vaubanAPI) error {
	head, err := os.ReadFile(c.From)
	if err != nil {
		return hint(err, "--from names a file with what `vauban trail head` printed")
	}
	size, err := treeproof.SizeOf(head)
	if err != nil {
		return fmt.Errorf("%s: %w", c.From, err)
	}
	var p struct {
		Proof    string
		TreeSize int64
	}
	if err := v.call(ctx, "ProveTreeGrowth", map[string]any{"TreeSize": json.Number(fmt.Sprint(size))}, &p); err != nil {
		return err
	}
	fmt.Fprintf(io.err, "The log has grown from %d to %d entries.\n", size, p.TreeSize)
	_, err = fmt.Fprint(io.out, p.Proof)
	return err
}

type trailVerify struct {
	File   string `arg:"" name:"file" help:"A proof from vauban trail prove, or a head; - is standard input."`
	Key    string `help:"Verifier key, or the file that it is kept in." required:"" placeholder:"KEY"`
	From   string `help:"The earlier head that the log is to have grown from." type:"path" placeholder:"HEADFILE"`
	Record string `help:"Compare the proven record with the one in this file: a delivered log file, an answer of LookupEvents, or a record." type:"path" placeholder:"FILE"`
}

// Run checks what the file is: a proof of an event, a proof of growth, or a head.
func (c *trailVerify) Run(std *stdio) error {
	key, err := readKey(c.Key)
	if err != nil {
		return err
	}
	text, err := c.read(std)
	if err != nil {
		return err
	}
	switch {
	case treeproof.IsInclusion(text) && c.From == "":
		return c.event(std, text, key)
	case treeproof.IsConsistency(text) && c.Record == "":
		return c.growth(std, text, key)
	case c.From == "" && c.Record == "":
		h, err := treeproof.OpenHead(text, key)
		if err != nil {
			return err
		}
		fmt.Fprintf(std.out, "The head is signed by %s and stands for %d entries.\n", h.Origin, h.Size)
		return nil
	}
	return hint(errors.New("the file is not a proof of this kind"), "--record goes with a proof of an event, --from with a proof of growth (vauban trail prove --from HEADFILE)")
}

// readKey takes a key itself, or the name of a file with one.
func readKey(s string) (*treeproof.Key, error) {
	if b, err := os.ReadFile(s); err == nil {
		s = string(b)
	}
	k, err := treeproof.ParseKey(s)
	return k, hint(err, "--key is what `vauban trail key` printed, or the file that it is kept in")
}

func (c *trailVerify) read(std *stdio) ([]byte, error) {
	in := std.in
	if c.File != "-" {
		f, err := os.Open(c.File)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		in = f
	}
	b, err := readBounded(in, treeproof.MaxProof)
	if err != nil {
		return nil, fmt.Errorf("read the proof: %w", err)
	}
	return b, nil
}

func (c *trailVerify) event(std *stdio, text []byte, key *treeproof.Key) error {
	p, err := treeproof.ParseInclusion(text)
	if err != nil {
		return err
	}
	h, err := p.Verify(key)
	if err != nil {
		return err
	}
	var r struct{ EventID, EventName, EventTime, EventSource, RecipientAccountID string }
	if err := json.Unmarshal(p.Record, &r); err != nil || r.EventID == "" {
		return errors.New("the entry is in the log, but it is not a CloudTrail record")
	}
	if c.Record != "" {
		if err := c.compare(std, p.Record, r.EventID); err != nil {
			return err
		}
	}
	fmt.Fprintf(std.out, "Event %s (%s of %s in account %s at %s) is entry %d of the log %s, whose %d entries are signed.\n",
		r.EventID, r.EventName, r.EventSource, r.RecipientAccountID, r.EventTime, p.Index, h.Origin, h.Size)
	return nil
}

// compare looks for the event in a delivered file.
func (c *trailVerify) compare(std *stdio, proven []byte, id string) error {
	file, err := os.Open(c.Record)
	if err != nil {
		return err
	}
	defer file.Close()
	b, err := readBounded(file, treeproof.MaxDelivered)
	if err == nil {
		b, err = treeproof.Delivered(b, id)
	}
	switch {
	case errors.Is(err, treeproof.ErrNoRecord):
		return fmt.Errorf("%s holds no record of the event %s, which the log has", c.Record, id)
	case err != nil:
		return fmt.Errorf("%s: %w", c.Record, err)
	case bytes.Equal(b, proven):
		fmt.Fprintf(std.out, "The record in %s is the one that was logged, byte for byte.\n", c.Record)
	case treeproof.SameButSpaces(b, proven):
		fmt.Fprintf(std.out, "The record in %s is the one that was logged, with other spaces.\n", c.Record)
	default:
		return fmt.Errorf("the record of the event %s in %s is not the one that was logged: it was altered", id, c.Record)
	}
	return nil
}

func (c *trailVerify) growth(std *stdio, text []byte, key *treeproof.Key) error {
	if c.From == "" {
		return hint(errors.New("a proof of growth needs the head that it begins from"), "give it with --from HEADFILE")
	}
	head, err := os.ReadFile(c.From)
	if err != nil {
		return err
	}
	p, err := treeproof.ParseConsistency(text)
	if err != nil {
		return err
	}
	from, to, err := p.Verify(head, key)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "The log %s has grown from %d to %d entries; the first %d are as they were.\n", to.Origin, from.Size, to.Size, from.Size)
	return nil
}

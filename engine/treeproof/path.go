package treeproof

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// maxPath bounds the hashes of a proof: a tree has at most 63 levels, and a consistency proof at most twice as many hashes.
const maxPath = 128

// appendPath writes hashes, one a line, and the empty line that ends them.
func appendPath(b []byte, path []tlog.Hash) []byte {
	for _, h := range path {
		b = base64.StdEncoding.AppendEncode(b, h[:])
		b = append(b, '\n')
	}
	return append(b, '\n')
}

// cutPath reads hashes up to the empty line. What follows is the head.
func cutPath(s string) (path []tlog.Hash, head []byte, err error) {
	path = []tlog.Hash{}
	for {
		line, rest, ok := strings.Cut(s, "\n")
		if !ok {
			return nil, nil, errors.New("the proof is cut off: the tree head is missing")
		}
		if s = rest; line == "" {
			return path, []byte(rest), nil
		}
		h, err := parseHash(line)
		if err != nil {
			return nil, nil, fmt.Errorf("the proof's hashes: %w", err)
		}
		if path = append(path, h); len(path) > maxPath {
			return nil, nil, fmt.Errorf("the proof has more than %d hashes", maxPath)
		}
	}
}

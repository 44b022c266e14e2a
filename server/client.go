package server

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// clientFile, in the data directory, tells clients on this machine how to reach the server.
const clientFile = "client.json"

// credentialsFile, in the data directory, holds the administrator's first access key.
const credentialsFile = "admin-credentials.json"

// Client is how to reach a server.
type Client struct {
	URL     string `json:"url"`
	Region  string `json:"region"`
	Account string `json:"account"`
	CA      string `json:"ca,omitempty"` // path of the CA bundle; "" for plain HTTP
}

// Credentials are an access key in a file.
type Credentials struct {
	Account         string `json:"account"`
	User            string `json:"user"`
	AccessKeyID     string `json:"accessKeyId"`
	SecretAccessKey string `json:"secretAccessKey"`
}

// ReadClient returns what the server of the data directory left for clients: how to reach it, and the administrator's key.
func ReadClient(data string) (*Client, *Credentials, error) {
	c, k := &Client{}, &Credentials{}
	if err := readJSON(filepath.Join(data, clientFile), c); err != nil {
		return nil, nil, fmt.Errorf("%w (start the server first: vauban up --data %s)", err, data)
	}
	if err := readJSON(filepath.Join(data, credentialsFile), k); err != nil {
		return c, nil, err
	}
	return c, k, nil
}

func readJSON(path string, v any) error {
	b, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// writeJSON replaces the file whole, readable by its owner only.
func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".tmp-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if _, err := f.Write(append(b, '\n')); err != nil {
		f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

package server

import (
	"fmt"
	"net/netip"
	"os"

	"vauban/carrier/web"
)

// Carriers is what takes messages out of the house. The zero value reaches public HTTP endpoints.
type Carriers struct {
	AllowPrivate []netip.Prefix // private networks that customers' endpoints may be in
	EndpointCA   string         // file of authorities, in PEM, that are trusted for customers' endpoints beside the system's
}

// carriers are the carriers of one replica.
type carriers struct {
	web *web.Client
}

func (c *Carriers) open() (opened carriers, err error) {
	cfg := web.Config{Allow: c.AllowPrivate}
	if c.EndpointCA != "" {
		if cfg.CA, err = os.ReadFile(c.EndpointCA); err != nil {
			return opened, fmt.Errorf("authorities for customers' endpoints: %w", err)
		}
	}
	opened.web, err = web.New(cfg)
	return opened, err
}

func (c *carriers) Close() error {
	if c.web != nil {
		c.web.Close()
	}
	return nil
}

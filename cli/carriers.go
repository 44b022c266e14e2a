package cli

import (
	"fmt"
	"net/netip"

	"vauban/server"
)

// carrierFlags say how messages leave the house.
type carrierFlags struct {
	AllowPrivate []string `name:"allow-private" help:"Private network, such as 10.0.0.0/8, that HTTP endpoints which customers name may be in; repeatable. Default: public addresses only." env:"VAUBAN_ALLOW_PRIVATE"`
	EndpointCA   string   `name:"endpoint-ca" help:"File of certificate authorities, in PEM, that are trusted for such endpoints beside the system's." type:"path" env:"VAUBAN_ENDPOINT_CA"`
}

func (f *carrierFlags) carriers() (server.Carriers, error) {
	c := server.Carriers{EndpointCA: f.EndpointCA}
	for _, text := range f.AllowPrivate {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return c, hint(fmt.Errorf("--allow-private %s: %w", text, err), "give a network as address/bits, such as 10.0.0.0/8 or fd00::/8")
		}
		c.AllowPrivate = append(c.AllowPrivate, p)
	}
	return c, nil
}

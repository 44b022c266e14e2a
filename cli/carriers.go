package cli

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"

	"vauban/server"
)

// carrierFlags say how messages leave the house. Passwords come from the environment: a command line is seen by everybody on the machine.
type carrierFlags struct {
	Mail         string   `help:"Mail server for the e-mail of SNS, such as smtp://user@mail.example.com:587?from=alerts@example.com; smtps:// for TLS from the start. Default: none, and such deliveries fail." env:"VAUBAN_MAIL"`
	SMS          string   `name:"sms" help:"SMS centre for the texts of SNS, such as smpps://system@smsc.example.com:3550?from=Vauban; smpp:// without TLS, https:// for an HTTP gateway. Default: none, and such deliveries fail." env:"VAUBAN_SMS"`
	AllowPrivate []string `name:"allow-private" help:"Private network, such as 10.0.0.0/8, that HTTP endpoints which customers name may be in; repeatable. Default: public addresses only." env:"VAUBAN_ALLOW_PRIVATE"`
	EndpointCA   string   `name:"endpoint-ca" help:"File of certificate authorities, in PEM, that are trusted for such endpoints beside the system's." type:"path" env:"VAUBAN_ENDPOINT_CA"`
}

func (f *carrierFlags) carriers() (server.Carriers, error) {
	c := server.Carriers{
		Mail: f.Mail, MailPassword: os.Getenv("VAUBAN_MAIL_PASSWORD"), SMS: f.SMS, SMSPassword: os.Getenv("VAUBAN_SMS_PASSWORD"), EndpointCA: f.EndpointCA,
	}
	for _, text := range f.AllowPrivate {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			return c, hint(fmt.Errorf("--allow-private %s: %w", text, err), "give a network as address/bits, such as 10.0.0.0/8 or fd00::/8")
		}
		c.AllowPrivate = append(c.AllowPrivate, p)
	}
	return c, nil
}

// partners says of each channel whether its partner is configured, and reached from here.
func (f *carrierFlags) partners(ctx context.Context) []finding {
	c, err := f.carriers()
	if err != nil {
		return []finding{bad("messages", "%v", err)}
	}
	reached, err := c.Reached(ctx)
	if err != nil {
		return []finding{bad("messages", "%v", err)}
	}
	var out []finding
	for name, without := range map[string]string{"mail": "e-mail of SNS fails until the server is started with --mail", "sms": "texts of SNS fail until the server is started with --sms"} {
		err, configured := reached[name]
		switch {
		case !configured:
			out = append(out, note(name, "not configured: %s", without))
		case err != nil:
			out = append(out, bad(name, "%v", err))
		default:
			out = append(out, good(name, "the partner answers"))
		}
	}
	slices.SortFunc(out, func(a, b finding) int { return strings.Compare(a.what, b.what) })
	return out
}

package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"time"

	"vauban/carrier"
	"vauban/carrier/smpp"
	"vauban/carrier/smsgateway"
	"vauban/carrier/smtp"
	"vauban/carrier/web"
)

// Carriers is what takes messages out of the house. The zero value reaches public HTTP endpoints, and sends neither mail nor SMS.
type Carriers struct {
	Mail, MailPassword string // URL of the mail server, see [smtp.Parse]; "" means none
	SMS, SMSPassword   string // URL of the short message centre, see [smpp.Parse], or of the gateway, see [smsgateway.Parse]; "" means none

	AllowPrivate []netip.Prefix // private networks that customers' endpoints may be in
	EndpointCA   string         // file of authorities, in PEM, that are trusted for customers' endpoints beside the system's
}

// carriers are the carriers of one replica.
type carriers struct {
	web     *web.Client
	mail    carrier.Mail       // nil: not configured
	sms     carrier.SMS        // nil: not configured
	reached map[string]partner // those that are configured, by name
}

// partner is somebody who takes messages over.
type partner interface {
	Ping(ctx context.Context) error
	io.Closer
}

func (c *Carriers) open(clock func() time.Time, random io.Reader, logger *slog.Logger) (opened carriers, err error) {
	opened.reached = map[string]partner{}
	cfg := web.Config{Allow: c.AllowPrivate}
	if c.EndpointCA != "" {
		if cfg.CA, err = os.ReadFile(c.EndpointCA); err != nil {
			return opened, fmt.Errorf("authorities for customers' endpoints: %w", err)
		}
	}
	if opened.web, err = web.New(cfg); err != nil {
		return opened, err
	}
	if c.Mail != "" {
		if err := c.openMail(&opened, clock, random); err != nil {
			return opened, err
		}
	}
	if c.SMS != "" {
		return opened, c.openSMS(&opened, random, logger)
	}
	return opened, nil
}

func (c *Carriers) openMail(opened *carriers, clock func() time.Time, random io.Reader) error {
	cfg, err := smtp.Parse(c.Mail, c.MailPassword)
	if err != nil {
		return err
	}
	cfg.Clock, cfg.Rand = clock, random
	s, err := smtp.New(cfg)
	if err != nil {
		return err
	}
	opened.mail, opened.reached["mail"] = s, s
	return nil
}

// openSMS takes the driver that the URL's scheme names.
func (c *Carriers) openSMS(opened *carriers, random io.Reader, logger *slog.Logger) error {
	if strings.HasPrefix(c.SMS, "http") {
		cfg, err := smsgateway.Parse(c.SMS, c.SMSPassword)
		if err != nil {
			return err
		}
		s, err := smsgateway.New(cfg)
		if err != nil {
			return err
		}
		opened.sms, opened.reached["sms"] = s, s
		return nil
	}
	cfg, err := smpp.Parse(c.SMS, c.SMSPassword)
	if err != nil {
		return err
	}
	cfg.Rand, cfg.Logger = random, logger
	s, err := smpp.New(cfg)
	if err != nil {
		return err
	}
	opened.sms, opened.reached["sms"] = s, s
	return nil
}

// Reached says for each partner that is configured why it is not reached: nil when it is.
func (c *Carriers) Reached(ctx context.Context) (map[string]error, error) {
	opened, err := c.open(time.Now, nil, nil)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	return opened.ping(ctx), nil
}

func (c *carriers) ping(ctx context.Context) map[string]error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out := map[string]error{}
	for name, p := range c.reached {
		out[name] = p.Ping(ctx)
	}
	return out
}

func (c *carriers) Close() error {
	if c.web != nil {
		c.web.Close()
	}
	var errs []error
	for _, p := range c.reached {
		errs = append(errs, p.Close())
	}
	return errors.Join(errs...)
}

// greetPartners says at the start which partners are not reached: the first alarm is no time to find out. Messages for them are tried again.
func (s *Server) greetPartners(ctx context.Context) error {
	for name, err := range s.state.carriers.ping(ctx) {
		if err != nil && ctx.Err() == nil {
			s.state.cfg.Logger.Warn("a partner for messages is not reached; its messages are tried again", "partner", name, "error", err)
		}
	}
	return nil
}

// partners says of each channel how it stands, for whoever operates this server.
func (s *Server) partners(ctx context.Context) map[string]string {
	out := map[string]string{"mail": "not configured", "sms": "not configured"}
	for name, err := range s.state.carriers.ping(ctx) {
		out[name] = "reached"
		if err != nil {
			out[name] = err.Error()
		}
	}
	return out
}

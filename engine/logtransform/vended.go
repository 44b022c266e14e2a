package logtransform

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"vauban/engine/regex"
)

// The parsers of AWS's own logs read the whole message. User Guide: "Built-in processors for AWS vended logs".

type vended struct {
	Source string `json:"source"`
}

func (v *vended) prepare(*regex.Compiler) error {
	if v.Source != "" && v.Source != messageKey {
		return errors.New("the source of a parser of AWS's own logs can be @message only")
	}
	return nil
}

// number is a field's value as a number, where it is an integer or a decimal fraction; - is none.
func number(s string) any {
	whole, part, fraction := strings.Cut(s, ".")
	if len(s) > 18 || !digits(whole) || fraction && !digits(part) || len(whole) > 1 && whole[0] == '0' {
		return s
	}
	return json.Number(s)
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// columns names the parts of a line. A name that ends in # is of a number.
func columns(what string, parts, names []string) (map[string]any, error) {
	if len(parts) < len(names) {
		return nil, fmt.Errorf("%s: the line has %d fields, not %d", what, len(parts), len(names))
	}
	out := map[string]any{}
	for i, name := range names {
		if plain, ok := strings.CutSuffix(name, "#"); ok {
			out[plain] = number(parts[i])
		} else {
			out[name] = parts[i]
		}
	}
	return out, nil
}

type parseVPC struct{ vended }

func (p *parseVPC) apply(e *event) error {
	values, err := columns("parseVPC", strings.Fields(e.message), []string{
		"version#", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort#", "dstPort#", "protocol#", "packets#", "bytes#", "start#", "end#", "action", "logStatus",
	})
	if err != nil {
		return err
	}
	return e.place("", values)
}

type parseRoute53 struct{ vended }

func (p *parseRoute53) apply(e *event) error {
	values, err := columns("parseRoute53", strings.Fields(e.message), []string{
		"version", "queryTimestamp", "hostZoneId", "queryName", "queryType", "responseCode", "protocol", "edgeLocation", "resolverIp", "ednsClientSubnet",
	})
	if err != nil {
		return err
	}
	return e.place("", values)
}

type parseCloudfront struct{ vended }

// apply decodes what is encoded, and makes numbers of all values that are. API reference: "ParseCloudfront".
func (p *parseCloudfront) apply(e *event) error {
	values, err := columns("parseCloudfront", strings.Split(strings.TrimRight(e.message, "\r\n"), "\t"), []string{
		"date", "time", "x-edge-location", "sc-bytes", "c-ip", "cs-method", "cs(Host)", "cs-uri-stem", "sc-status", "cs(Referer)", "cs(User-Agent)", "cs-uri-query", "cs(Cookie)",
		"x-edge-result-type", "x-edge-request-id", "x-host-header", "cs-protocol", "cs-bytes", "time-taken", "x-forwarded-for", "ssl-protocol", "ssl-cipher",
		"x-edge-response-result-type", "cs-protocol-version", "fle-status", "fle-encrypted-fields", "c-port", "time-to-first-byte", "x-edge-detailed-result-type", "sc-content-type",
		"sc-content-len", "sc-range-start", "sc-range-end",
	})
	if err != nil {
		return err
	}
	for name, v := range values {
		text := v.(string)
		if plain, err := url.PathUnescape(text); err == nil {
			text = plain
		}
		values[name] = number(text)
	}
	return e.place("", values)
}

type parsePostgres struct {
	vended
	re *regexp.Regexp
}

func (p *parsePostgres) prepare(c *regex.Compiler) (err error) {
	if err := p.vended.prepare(c); err != nil {
		return err
	}
	p.re, err = c.Compile(`^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? [A-Za-z]+):([^:]*):([^:@]*)@([^:]*):\[(\d+)\]:([A-Z0-9]+):`)
	return err
}

func (p *parsePostgres) apply(e *event) error {
	m := p.re.FindStringSubmatch(e.message)
	if m == nil {
		return errors.New("parsePostgres: the line is not one of PostgreSQL")
	}
	values, err := columns("parsePostgres", m[1:], []string{"logTime", "srcIp", "userName", "dbName", "processId", "logLevel"})
	if err != nil {
		return err
	}
	return e.place("", values)
}

type parseWAF struct{ vended }

func (p *parseWAF) apply(e *event) error {
	doc, err := object(e.message)
	if err != nil {
		return fmt.Errorf("parseWAF: %w", err)
	}
	if request, ok := doc["httpRequest"].(map[string]any); ok {
		if list, ok := request["headers"].([]any); ok {
			request["headers"] = named(list, "value")
		}
	}
	if list, ok := doc["labels"].([]any); ok {
		doc["labels"] = named(list, "name")
	}
	return e.place("", doc)
}

// named makes an object of a list of objects with names.
func named(list []any, value string) map[string]any {
	out := map[string]any{}
	for _, item := range list {
		if x, ok := item.(map[string]any); ok {
			if name, ok := x["name"].(string); ok {
				out[name] = x[value]
			}
		}
	}
	return out
}

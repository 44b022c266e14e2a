package servicetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"vauban/api/wire"
)

// bind puts the members of a REST operation's input where the model has them: into the path, the query, the headers and the body. A payload that is
// text is the body as it is: bytes, or an XML document. An input that is no JSON object is sent as it is.
func bind(op *wire.Operation, input string) (uri string, header http.Header, body string) {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(input), &members) != nil {
		return op.URI, nil, input
	}
	uri, fixed, _ := strings.Cut(op.URI, "?")
	header = http.Header{}
	query, err := url.ParseQuery(fixed)
	if err != nil {
		panic(err) // the model's
	}
	for i := range op.Input.NumField() {
		name, options, _ := strings.Cut(op.Input.Field(i).Tag.Get("api"), ",")
		if name == "" {
			name = op.Input.Field(i).Name
		}
		raw, ok := members[name]
		if !ok {
			continue
		}
		for option := range strings.SplitSeq(options, ",") {
			if option == "label" {
				value := url.PathEscape(plain(raw)[0])
				uri = strings.Replace(uri, "{"+name+"}", value, 1)
				uri = strings.Replace(uri, "{"+name+"+}", strings.ReplaceAll(value, "%2F", "/"), 1)
				delete(members, name)
			} else if key, ok := strings.CutPrefix(option, "header="); ok {
				header[http.CanonicalHeaderKey(key)] = plain(raw)
				delete(members, name)
			} else if prefix, ok := strings.CutPrefix(option, "prefix="); ok {
				var all map[string]string
				if json.Unmarshal(raw, &all) == nil {
					for k, v := range all {
						header.Set(prefix+k, v)
					}
				}
				delete(members, name)
			} else if option == "payload" && raw[0] == '"' {
				body = plain(raw)[0]
				delete(members, name)
			} else if key, ok := strings.CutPrefix(option, "query="); ok {
				query[key] = plain(raw)
				delete(members, name)
			}
		}
	}
	if raw, ok := members[""]; ok { // the body itself, beside members that are elsewhere
		body = plain(raw)[0]
		delete(members, "")
	}
	if len(query) > 0 {
		uri += "?" + query.Encode()
	}
	if len(members) == 0 {
		return uri, header, body
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return uri, header, input
	}
	return uri, header, string(rest)
}

// plain is a JSON value as text, one for each item of a list.
func plain(raw json.RawMessage) []string {
	var list []any
	if json.Unmarshal(raw, &list) != nil {
		var one any
		if json.Unmarshal(raw, &one) != nil {
			return []string{string(raw)}
		}
		list = []any{one}
	}
	out := []string{}
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

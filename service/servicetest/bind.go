package servicetest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"vauban/api/wire"
)

// bind puts the members of a REST operation's input where the model has them: into the path, the query and the body. An input that is no
// JSON object is sent as it is.
func bind(op *wire.Operation, input string) (uri, body string) {
	var members map[string]json.RawMessage
	if json.Unmarshal([]byte(input), &members) != nil {
		return op.URI, input
	}
	uri = op.URI
	query := url.Values{}
	for i := range op.Input.NumField() {
		name, options, _ := strings.Cut(op.Input.Field(i).Tag.Get("api"), ",")
		raw, ok := members[name]
		if !ok {
			continue
		}
		for option := range strings.SplitSeq(options, ",") {
			if option == "label" {
				uri = strings.Replace(uri, "{"+name+"}", url.PathEscape(plain(raw)[0]), 1)
				delete(members, name)
			} else if key, ok := strings.CutPrefix(option, "query="); ok {
				query[key] = plain(raw)
				delete(members, name)
			}
		}
	}
	if len(query) > 0 {
		uri += "?" + query.Encode()
	}
	if len(members) == 0 {
		return uri, ""
	}
	rest, err := json.Marshal(members)
	if err != nil {
		return uri, input
	}
	return uri, string(rest)
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

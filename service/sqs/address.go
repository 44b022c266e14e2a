package sqs

import (
	"net/url"
	"strings"

	api "vauban/api/sqs"
	"vauban/engine/arn"
	"vauban/service"
)

// address is the queue's URL, under the name by which the client reaches the API. A call of another service gets AWS's own.
func address(c *service.Call, q *Queue) string {
	path := "/" + q.Account + "/" + q.Name
	switch {
	case c.Authority == "":
		return "https://sqs." + q.Region + ".amazonaws.com" + path
	case c.Secure:
		return "https://" + c.Authority + path
	}
	return "http://" + c.Authority + path
}

// parseAddress reads the account and the name off a queue's URL. The host is not looked at: what reached us is for us.
func parseAddress(text string) (account, name string, err error) {
	bad := api.InvalidAddress.New("The address %s is not valid for this endpoint.", bounded(text, 200))
	u, e := url.Parse(text)
	if e != nil {
		return "", "", bad
	}
	rest, name, ok := cutLast(strings.TrimSuffix(u.Path, "/"), "/")
	_, account, ok2 := cutLast(rest, "/")
	if !ok || !ok2 || !arn.IsAccount(account) || !isName(name) {
		return "", "", bad
	}
	return account, name, nil
}

func isName(s string) bool { return queueName.MatchString(s) || fifoName.MatchString(s) }

// parseARN reads the region, the account and the name off a queue's ARN.
func parseARN(text string) (region, account, name string, ok bool) {
	a, err := arn.Parse(text)
	if err != nil || a.Service != "sqs" || !arn.IsAccount(a.Account) || a.Region == "" || !isName(a.Resource) {
		return "", "", "", false
	}
	return a.Region, a.Account, a.Resource, true
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

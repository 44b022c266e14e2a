package cases_test

import "strings"

type oraclePrincipal struct {
	kind     string // root, user, session, federated, service, provider, anonymous
	text     string // ARN, service name or provider; "" for a role without session
	account  string // "" for those who belong to none
	role     string // ARN of a session's role
	id       string // unique ID of the user or role
	linked   bool
	boundary bool
}

func newOracle(q object) *oracle {
	r := q["request"].(object)
	o := &oracle{question: q, action: text(r["action"]), resource: text(r["resource"]), context: map[string][]string{}, multi: map[string]bool{}}
	given, _ := r["context"].(object)
	for k, v := range given {
		k = strings.ToLower(k)
		_, o.multi[k] = v.([]any)
		o.context[k] = []string{}
		for _, one := range list(v) {
			o.context[k] = append(o.context[k], text(one))
		}
	}
	o.who = o.principal(r["principal"])
	o.who.boundary = len(list(q["permissionBoundaries"])) > 0
	o.account = text(r["resourceAccount"])
	if parts := strings.SplitN(o.resource, ":", 6); o.account == "" && len(parts) == 6 && len(parts[4]) == 12 {
		o.account = parts[4]
	}
	if o.account == "" {
		o.account = o.who.account
	}
	o.fill()
	return o
}

func (o *oracle) first(key string) string {
	if v := o.context[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

func (o *oracle) principal(v any) oraclePrincipal {
	name, ok := v.(string)
	if !ok {
		return oraclePrincipal{kind: "anonymous"}
	}
	if len(name) == 12 && strings.Trim(name, "0123456789") == "" {
		return oraclePrincipal{kind: "root", account: name, text: "arn:aws:iam::" + name + ":root"}
	}
	if strings.HasSuffix(name, ".amazonaws.com") && !strings.EqualFold(o.action, "sts:AssumeRoleWithWebIdentity") {
		return oraclePrincipal{kind: "service", text: name}
	}
	if !strings.HasPrefix(name, "arn:") || strings.Contains(name, "-provider/") {
		return oraclePrincipal{kind: "provider", text: name}
	}
	parts := strings.SplitN(name, ":", 6)
	p := oraclePrincipal{account: parts[4], text: name, id: o.first("aws:userid")}
	switch {
	case parts[5] == "root":
		p.kind = "root"
	case strings.HasPrefix(parts[5], "user/"):
		p.kind = "user"
	case strings.HasPrefix(parts[5], "federated-user/"):
		p.kind = "federated"
	case strings.HasPrefix(parts[5], "role/"):
		p.kind, p.role, p.text = "session", name, ""
	case strings.HasPrefix(parts[5], "assumed-role/"):
		p.kind = "session"
		p.role = "arn:aws:iam::" + p.account + ":role/" + strings.Split(parts[5], "/")[1]
		if given := o.first("aws:principalarn"); given != "" {
			p.role = given
		}
	}
	if p.kind == "session" {
		p.id = strings.Split(p.id, ":")[0]
		p.linked = strings.Contains(p.role, ":role/aws-service-role/")
	}
	return p
}

// fill sets what follows from the principal where the question is silent.
func (o *oracle) fill() {
	set := func(key, value string) {
		if _, given := o.context[key]; !given && value != "" {
			o.context[key] = []string{value}
		}
	}
	set("aws:resourceaccount", o.account)
	if o.who.kind == "service" {
		set("aws:principalisawsservice", "true")
		set("aws:principalservicename", o.who.text)
		return
	}
	if o.hasIdentity() { // who signs
		set("aws:principalisawsservice", "false")
	}
	set("aws:principalaccount", o.who.account)
	kinds := map[string]string{"root": "Account", "user": "User", "session": "AssumedRole", "federated": "FederatedUser", "anonymous": "Anonymous"}
	set("aws:principaltype", kinds[o.who.kind])
	switch o.who.kind {
	case "root":
		set("aws:userid", o.who.account)
		set("aws:principalarn", o.who.text)
	case "anonymous":
		set("aws:userid", "anonymous")
		set("aws:principalaccount", "anonymous")
	case "provider":
		set("aws:federatedprovider", o.who.text)
	case "session":
		set("aws:principalarn", o.who.role)
	case "user":
		set("aws:principalarn", o.who.text)
		set("aws:username", o.who.text[strings.LastIndex(o.who.text, "/")+1:])
	case "federated":
		set("aws:principalarn", o.who.text)
	}
}

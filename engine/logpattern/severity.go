package logpattern

import "strings"

// severities are the words that tell the severity of a message.
var severities = map[string]string{
	"fatal": "Error", "critical": "Error", "panic": "Error", "emerg": "Error", "error": "Error", "err": "Error", "severe": "Error", "exception": "Error",
	"warn": "Warning", "warning": "Warning", "info": "Info", "notice": "Info", "debug": "Debug", "trace": "Debug",
}

func severityOf(word string) string {
	if len(word) > 9 {
		return ""
	}
	return severities[strings.ToLower(word)]
}

// Severity is what a pattern's first word of severity says: Error, Warning, Info or Debug; None without one.
func (p *Pattern) Severity() string {
	for i := range p.Tokens {
		if t := &p.Tokens[i]; t.Word && t.Kind == "" {
			if s := severityOf(t.Text); s != "" {
				return s
			}
		}
	}
	return "None"
}

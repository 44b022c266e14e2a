package logtransform

// grokPatterns are the patterns that have names. User Guide: "Configurable parser-type processors", supported grok patterns. They are written anew for RE2,
// which looks neither ahead nor back: edges of words stand for that.
var grokPatterns = map[string]string{
	"USERNAME": `[a-zA-Z0-9._-]+`, "USER": `%{USERNAME}`, "WORD": `\b\w+\b`, "NOTSPACE": `\S+`, "SPACE": `\s*`, "DATA": `.*?`, "GREEDYDATA": `.*`, "GREEDYDATA_MULTILINE": `(?s:.*)`,
	"INT": `[+-]?\d+`, "POSINT": `\b[1-9]\d*\b`, "NONNEGINT": `\b\d+\b`, "BASE10NUM": `[+-]?(?:\d+(?:\.\d+)?|\.\d+)`, "NUMBER": `%{BASE10NUM}`, "BASE16NUM": `[+-]?(?:0x)?[0-9A-Fa-f]+`,
	"BOOLEAN": `(?i:true|false)`, "QUOTEDSTRING": `"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'`, "QS": `%{QUOTEDSTRING}`, "UUID": `[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}`,
	"URN": `urn:[0-9A-Za-z][0-9A-Za-z-]{0,31}:[\w()+,.:=@;$!*'/?#%-]+`, "ARN": `arn:[\w-]+:[\w-]*:[\w-]*:\d*:\S+`,

	"IPV4": `(?:\d{1,3}\.){3}\d{1,3}`, "IPV6": `(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]*(?:%\w+)?`, "IP": `%{IPV6}|%{IPV4}`, "MAC": `(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}`,
	"HOSTNAME": `\b[0-9A-Za-z][0-9A-Za-z-]*(?:\.[0-9A-Za-z][0-9A-Za-z-]*)*\.?`, "HOST": `%{HOSTNAME}`, "IPORHOST": `%{IP}|%{HOSTNAME}`, "HOSTPORT": `(?:%{IPORHOST}):\d+`,

	"UNIXPATH": `(?:/[^\s/]*)+`, "WINPATH": `(?:[A-Za-z]:|\\)(?:\\[^\\?*]*)+`, "PATH": `%{UNIXPATH}|%{WINPATH}`, "TTY": `/dev/(?:pts/\d+|tty\w*)`, "URIPROTO": `[A-Za-z][\w+.-]*`,
	"URIHOST": `(?:%{IPORHOST})(?::\d+)?`, "URIPATH": `(?:/[\w$.+!*'(){},~:;=@#%&\-]*)+`, "URIPARAM": `\?\S*`, "URIPATHPARAM": `%{URIPATH}(?:%{URIPARAM})?`,
	"URI": `%{URIPROTO}://(?:%{USER}(?::[^@\s]*)?@)?(?:%{URIHOST})?(?:%{URIPATHPARAM})?`,

	"MONTH":    `\b(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|Jun[e]?|Jul[y]?|Aug(?:ust)?|Sep(?:tember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b`,
	"MONTHNUM": `0?[1-9]|1[0-2]`, "MONTHNUM2": `0[1-9]|1[0-2]`, "MONTHDAY": `0[1-9]|[12]\d|3[01]|[1-9]`, "DAY": `\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b`, "YEAR": `\d{4}|\d{2}`,
	"HOUR": `2[0-3]|[01]?\d`, "MINUTE": `[0-5]\d`, "SECOND": `(?:[0-5]?\d|60)(?:[:.,]\d+)?`, "TIME": `(?:%{HOUR}):(?:%{MINUTE})(?::(?:%{SECOND}))?`,
	"DATE_US": `(?:%{MONTHNUM})[/-](?:%{MONTHDAY})[/-](?:%{YEAR})`, "DATE_EU": `(?:%{MONTHDAY})[./-](?:%{MONTHNUM})[./-](?:%{YEAR})`, "DATE": `%{DATE_US}|%{DATE_EU}`, "DATESTAMP": `(?:%{DATE})[- ]%{TIME}`,
	"ISO8601_TIMEZONE": `Z|[+-]\d{2}(?::?\d{2})?`, "ISO8601_SECOND": `%{SECOND}`, "TIMESTAMP_ISO8601": `\d{4}-\d{1,2}-\d{1,2}[T ]\d{1,2}:?\d{2}(?::?\d{2}(?:[:.,]\d+)?)?(?:%{ISO8601_TIMEZONE})?`,
	"TZ": `[A-Z]{3,4}`, "DATESTAMP_RFC822": `%{DAY} %{MONTH} (?:%{MONTHDAY}) \d{4} %{TIME} %{TZ}`, "DATESTAMP_RFC2822": `%{DAY}, (?:%{MONTHDAY}) %{MONTH} \d{4} %{TIME} (?:%{ISO8601_TIMEZONE})`,
	"DATESTAMP_OTHER": `%{DAY} %{MONTH} (?:%{MONTHDAY}) %{TIME} %{TZ} \d{4}`, "DATESTAMP_EVENTLOG": `\d{14}`, "HTTPDATE": `\d{1,2}/%{MONTH}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}`,

	"SYSLOGTIMESTAMP": `%{MONTH} +(?:%{MONTHDAY}) %{TIME}`, "PROG": `[!-Z\\^-~]+`, "SYSLOGPROG": `%{PROG}(?:\[\d+\])?`, "SYSLOGHOST": `%{IPORHOST}`, "SYSLOGFACILITY": `<\d+\.\d+>`,
	"LOGLEVEL": `(?i:trace|debug|notice|info(?:rmation)?|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|severe|alert|emerg(?:ency)?)`,

	"COMMONAPACHELOG":   `%{IPORHOST:clientip} %{NOTSPACE:ident} %{NOTSPACE:auth} \[%{HTTPDATE:timestamp}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" %{NUMBER:response} (?:%{NUMBER:bytes}|-)`,
	"APACHE_ACCESS_LOG": `%{COMMONAPACHELOG} "%{DATA:referrer}" "%{DATA:agent}"`,
	"NGINX_ACCESS_LOG":  `%{IPORHOST:clientip} - %{NOTSPACE:ident} \[%{HTTPDATE:timestamp}\] "(?:%{WORD:verb} %{NOTSPACE:request}(?: HTTP/%{NUMBER:httpversion})?|%{DATA:rawrequest})" %{NUMBER:response} (?:%{NUMBER:bytes}|-) "%{DATA:referrer}" "%{DATA:agent}"`,
	"SYSLOG5424":        `<%{NONNEGINT:syslog5424_pri}>%{NONNEGINT:syslog5424_ver} (?:%{TIMESTAMP_ISO8601:syslog5424_ts}|-) (?:%{IPORHOST:syslog5424_host}|-) (?:%{NOTSPACE:syslog5424_app}) (?:%{NOTSPACE:syslog5424_proc}) (?:%{NOTSPACE:syslog5424_msgid}) (?:%{DATA:syslog5424_sd}|-) %{GREEDYDATA:syslog5424_msg}`,
}

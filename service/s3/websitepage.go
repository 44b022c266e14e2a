package s3

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"slices"
	"strings"

	"vauban/api/wire"
	"vauban/service"
)

// errorPage is what a website shows of an error, in AWS's form. document is why the error document could not be shown, nil when there is none. All that stands in
// it is escaped: keys are the client's own words.
func errorPage(v *service.SiteVisit, e, document *wire.Error) *service.SiteAnswer {
	title := html.EscapeString(fmt.Sprintf("%d %s", e.Shape.Status, http.StatusText(e.Shape.Status)))
	var b strings.Builder
	b.WriteString("<html>\n<head><title>" + title + "</title></head>\n<body>\n<h1>" + title + "</h1>\n<ul>\n")
	errorItems(&b, e)
	errorItem(&b, "RequestId", v.RequestID)
	b.WriteString("</ul>\n")
	if document != nil {
		b.WriteString("<h3>An Error Occurred While Attempting to Retrieve a Custom Error Document</h3>\n<ul>\n")
		errorItems(&b, document)
		b.WriteString("</ul>\n")
	}
	b.WriteString("<hr/>\n</body>\n</html>\n")
	h := errorHeader(e)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'")
	return &service.SiteAnswer{Status: e.Shape.Status, Header: h, Body: []byte(b.String())}
}

func errorItems(b *strings.Builder, e *wire.Error) {
	errorItem(b, "Code", e.Shape.Code)
	errorItem(b, "Message", messageShown(e))
	for _, name := range slices.Sorted(maps.Keys(e.Members)) {
		if text, ok := e.Members[name].(string); ok {
			errorItem(b, name, text)
		}
	}
}

func errorItem(b *strings.Builder, name, text string) {
	b.WriteString("<li>" + html.EscapeString(name) + ": " + html.EscapeString(text) + "</li>\n")
}

// messageShown leaves out which policy refused: a visitor is nobody who should know.
func messageShown(e *wire.Error) string {
	if e.Shape.Status == http.StatusForbidden {
		return "Access Denied"
	}
	return e.Message
}

// errorHeader tells programs of an error that people see as a page.
func errorHeader(e *wire.Error) http.Header {
	return http.Header{"X-Amz-Error-Code": {e.Shape.Code}, "X-Amz-Error-Message": {messageShown(e)}}
}

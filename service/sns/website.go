package sns

import (
	"bytes"
	"context"
	"html/template"
	"strings"

	api "vauban/api/sns"
	"vauban/api/wire"
	"vauban/service"
)

var _ service.Website = (*Service)(nil)

// File serves the certificates with which messages are verified.
func (s *Service) File(ctx context.Context, path string) (*service.File, error) {
	cert, err := s.certificate(ctx, path)
	if cert == nil || err != nil {
		return nil, err
	}
	return &service.File{Type: "application/x-pem-file", Body: cert}, nil
}

// Page shows somebody who opened the link of a mail what came of it.
func (s *Service) Page(operation string, in, out any, err error) *service.File {
	v := view{}
	switch operation {
	case "ConfirmSubscription":
		v.confirmed(in, out, err)
	case "Unsubscribe":
		v.ended(in, err)
	default:
		return nil
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, v); err != nil {
		return nil
	}
	return &service.File{Type: "text/html; charset=utf-8", Body: b.Bytes()}
}

// view is what a page says.
type view struct {
	Title string
	Text  string
	Name  string // ARN that the page is about
	Next  string
	Link  string // to end the subscription again
}

func (v *view) confirmed(in, out any, err error) {
	if c, ok := in.(*api.ConfirmSubscriptionInput); ok && c != nil {
		v.Name = wire.Text(c.TopicArn)
	}
	if err != nil {
		v.Title, v.Text = "The subscription is not confirmed", err.Error()
		v.Next = "Links are good for two days. Ask the owner of the topic to subscribe you again."
		return
	}
	v.Title, v.Text = "Subscription confirmed", "You get the notifications of this topic from now on:"
	if c, ok := out.(*api.ConfirmSubscriptionOutput); ok {
		v.Name, v.Link = wire.Text(c.SubscriptionArn), wire.Text(c.SubscriptionArn)
		v.Next = "If it was not your intention to subscribe,"
	}
}

func (v *view) ended(in any, err error) {
	if c, ok := in.(*api.UnsubscribeInput); ok && c != nil {
		v.Name = wire.Text(c.SubscriptionArn)
	}
	if err != nil {
		v.Title, v.Text = "The subscription has not been ended", err.Error()
		v.Next = "If notifications still come, ask the owner of the topic to remove you."
		return
	}
	v.Title, v.Text = "Subscription ended", "You get no more notifications from:"
	v.Next = "You are being sent a message with a link to subscribe again, should that have been a mistake."
}

// pageTemplate is parsed once; its text is a constant.
var pageTemplate = template.Must(template.New("page").Parse(strings.TrimSpace(`
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{.Title}}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#16191f}code{overflow-wrap:anywhere}</style></head>
<body>
<h1>{{.Title}}</h1>
<p>{{.Text}}</p>
{{with .Name}}<p><code>{{.}}</code></p>
{{end}}<p>{{.Next}}{{with .Link}} <a href="/?Action=Unsubscribe&amp;SubscriptionArn={{.}}">click here to unsubscribe</a>.{{end}}</p>
</body>
</html>
`)))

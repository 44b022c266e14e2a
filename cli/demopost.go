package cli

import (
	"errors"

	"vauban/carrier/inbox"
	"vauban/server"
)

// post is the demo's mail server and short message centre, on loopback: what the server sends really goes over SMTP and SMPP.
type post struct {
	mailbox *inbox.Mailbox
	phone   *inbox.Phone
}

const postUser, postPassword = "vauban", "on-demo" // of servers that live as long as the demo; SMPP has room for 8 characters

func openPost() (*post, error) {
	mailbox, err := inbox.OpenMailbox(inbox.MailboxConfig{User: postUser, Password: postPassword})
	if err != nil {
		return nil, err
	}
	phone, err := inbox.OpenPhone(inbox.PhoneConfig{SystemID: postUser, Password: postPassword})
	if err != nil {
		return nil, errors.Join(err, mailbox.Close())
	}
	return &post{mailbox, phone}, nil
}

// carriers point a server at the two, as the flags --mail and --sms do.
func (p *post) carriers() server.Carriers {
	return server.Carriers{
		Mail: "smtp://" + postUser + "@" + p.mailbox.Address() + "?from=alerts@vauban.test", MailPassword: postPassword,
		SMS: "smpp://" + postUser + "@" + p.phone.Address() + "?from=Vauban", SMSPassword: postPassword,
	}
}

func (p *post) close() {
	_ = p.mailbox.Close()
	_ = p.phone.Close()
}

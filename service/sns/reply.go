package sns

import (
	"context"
	"slices"
	"strings"

	"vauban/carrier"
	"vauban/service"
	"vauban/store"
)

// Texted is a phone that an account has sent a text to: whom its owner means by STOP.
type Texted struct{ Number, Account, Region string }

var textedTable = &store.Table[Texted]{
	Name: "sns.texted",
	Key:  func(x *Texted) store.Key { return store.K(x.Number, x.Account, x.Region) },
}

// remember notes whom the phone may answer.
func remember(tx store.Tx, p *parcel) error {
	x := &Texted{p.to.Endpoint, p.message.Account, p.message.Region}
	there, err := textedTable.Has(tx, textedTable.Key(x))
	if err != nil || there {
		return err
	}
	return textedTable.Insert(tx, x)
}

// Reside implements [service.Residing]: it takes what phones answer, where the operator's partner hands it on.
func (s *Service) Reside(w *service.Work) {
	if partner, ok := s.SMS.(carrier.Replying); ok {
		_ = partner.Replies(w, s.takeReply) // ends with the server
	}
}

var _ service.Residing = (*Service)(nil)

// optingOut are the answers that mean that no more texts are wanted. Developer guide: "Opting out of receiving SMS messages".
var optingOut = []string{"ARRET", "CANCEL", "END", "OPT-OUT", "OPTOUT", "QUIT", "REMOVE", "STOP", "TD", "UNSUBSCRIBE"}

// takeReply opts a phone out of the texts of all who have sent it some: they share the number that it answers.
func (s *Service) takeReply(ctx context.Context, r *carrier.Reply) error {
	if !slices.Contains(optingOut, strings.ToUpper(strings.TrimSpace(r.Body))) {
		return nil
	}
	return s.Store.Write(ctx, func(tx store.Tx) error {
		senders, err := textedTable.List(tx, store.K(r.From), nil, 0)
		if err != nil {
			return err
		}
		for _, x := range senders.Items {
			out := &OptOut{Account: x.Account, Region: x.Region, Number: x.Number, Time: s.Clock()}
			there, err := optOuts.Has(tx, optOuts.Key(out))
			if err == nil && !there {
				err = optOuts.Insert(tx, out)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

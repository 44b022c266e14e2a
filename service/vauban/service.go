package vauban

import (
	"vauban/access"
	api "vauban/api/vauban"
	"vauban/api/wire"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// Service answers questions about access, and proves the log.
type Service struct {
	service.Deps
	picture    *access.Picture
	identities Identities
	served     []string       // prefixes of the actions of this deployment
	turns      *service.Turns // of searches and replays
}

// Identities knows principals and the resources of IAM. Package service/all fills it.
type Identities interface {
	// Named returns the living user, role, role session or root that the ARN names, or [store.ErrNotFound]. A role is a session of it of
	// the given name.
	Named(tx store.Tx, arn, session string) (*service.Caller, error)
	// Trust returns the trust policy of the role, or [store.ErrNotFound].
	Trust(tx store.Tx, role string) (*policy.Document, error)
	// Tags returns the tags of a resource of IAM.
	Tags(tx store.Tx, arn string) (map[string]string, error)
	// Version returns the text of a version of a managed policy, "" when it is gone.
	Version(tx store.Tx, arn, version string) (string, error)
	// BindTrust validates a trust policy of a role of the account, and returns it as it would be stored.
	BindTrust(tx store.Tx, account, text string) (string, error)
	// HasNode says whether the organization has a root, unit or account of that ID.
	HasNode(tx store.Tx, org, id string) (bool, error)
	Worlds
}

// New returns the service.
func New(d service.Deps, p *access.Picture, i Identities) *Service {
	return &Service{Deps: d, picture: p, identities: i, turns: service.NewTurns(mostWaiting)}
}

// API returns the description of the service.
func (s *Service) API() *wire.Service { return api.API }

// Operations is the table of all operations. None holds a transaction: the picture and the log read with their own.
func (s *Service) Operations() []service.Row {
	return []service.Row{
		service.Acts(api.OpExplainAccess, onAccount[api.ExplainAccessInput], s.explainAccess),
		service.Acts(api.OpWhatIf, onAccount[api.WhatIfInput], inTurn(s, s.whatIf)),
		service.Acts(api.OpExplainEscalation, onAccount[api.ExplainEscalationInput], inTurn(s, s.explainEscalation)),
		service.Acts(api.OpGetTreeHead, onAccount[api.GetTreeHeadInput], s.getTreeHead),
		service.Acts(api.OpProveEvent, onAccount[api.ProveEventInput], s.proveEvent),
		service.Acts(api.OpProveTreeGrowth, onAccount[api.ProveTreeGrowthInput], s.proveTreeGrowth),
	}
}

// onAccount: the answers are about whole accounts, which have no resource type.
func onAccount[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

package cloudtrail

import (
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

const typeTrail = "AWS::CloudTrail::Trail"

// onAll is the rule of an operation without a resource type.
func onAll[In any](*service.Call, *In) ([]service.Question, error) {
	return []service.Question{{Resource: "*"}}, nil
}

// onTrail is the rule of an operation on the trail that the input names.
func onTrail[In any](s *Service, name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		q, err := s.aboutTrail(c, *name(in))
		return []service.Question{q}, err
	}
}

// aboutTrail is the question about a trail. Its owner's policies decide, and of an organization's trail those of the account that calls: it
// is in the management account, but delegated administrators act on it as on their own.
func (s *Service) aboutTrail(c *service.Call, text string) (service.Question, error) {
	r, err := parseReference(c, text)
	if err != nil {
		return service.Question{}, err
	}
	q := service.Question{Resource: r.arn(c.Partition), Account: r.account, ResourceType: typeTrail, Context: map[string][]string{}}
	err = s.reading(c, func(tx store.Tx) error {
		t, err := trails.Get(tx, r.key())
		if absent(err) {
			return nil
		}
		if err != nil {
			return err
		}
		if t.Account != c.Account {
			member, err := s.belongs(tx, c.Account, t.Organization)
			if err != nil || !member {
				return err
			}
			q.Account = c.Account
		}
		service.ResourceTags(q.Context, service.TagMap(t.Tags))
		return nil
	})
	return q, err
}

// reading runs fn in the call's transaction, or on a snapshot of its own.
func (s *Service) reading(c *service.Call, fn func(store.Tx) error) error {
	if c.Tx != nil {
		return fn(c.Tx)
	}
	return s.Store.Read(c, fn)
}

// onNewTrail asks about the trail that is to be made, and about tagging it when it comes with tags.
func (s *Service) onNewTrail(c *service.Call, in *api.CreateTrailInput) ([]service.Question, error) {
	if strings.HasPrefix(*in.Name, "arn:") {
		return nil, api.InvalidTrailNameException.New("Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), hyphens (-), and underscores (_).")
	}
	if err := checkName(*in.Name); err != nil {
		return nil, err
	}
	r := reference{account: c.Account, region: c.Region, name: *in.Name}
	tags := map[string][]string{}
	service.RequestTags(tags, service.Tags(in.TagsList))
	questions := []service.Question{{Resource: r.arn(c.Partition), ResourceType: typeTrail, Context: tags}}
	if len(in.TagsList) > 0 {
		questions = append(questions, service.Question{Action: "cloudtrail:AddTags", Resource: r.arn(c.Partition), Context: tags})
	}
	return append(questions, passed(in.CloudWatchLogsRoleArn)...), nil
}

// onUpdate asks about the trail, and about the role that it is given.
func (s *Service) onUpdate(c *service.Call, in *api.UpdateTrailInput) ([]service.Question, error) {
	q, err := s.aboutTrail(c, *in.Name)
	return append([]service.Question{q}, passed(in.CloudWatchLogsRoleArn)...), err
}

// passed is the question whether the role may be passed, none without a role.
func passed(role *string) []service.Question {
	if wire.Text(role) == "" {
		return nil
	}
	return []service.Question{service.PassRole(*role, principal, nil)}
}

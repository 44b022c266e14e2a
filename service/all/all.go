// Package all is the one explicit list of services. Start reading at [Services].
package all

import (
	"vauban/access"
	"vauban/service"
	"vauban/service/accessanalyzer"
	"vauban/service/cloudtrail"
	"vauban/service/cloudwatch"
	"vauban/service/events"
	"vauban/service/iam"
	"vauban/service/kms"
	"vauban/service/lambda"
	"vauban/service/logs"
	"vauban/service/organizations"
	"vauban/service/s3"
	"vauban/service/s3control"
	"vauban/service/scheduler"
	"vauban/service/signin"
	"vauban/service/sns"
	"vauban/service/sqs"
	"vauban/service/ssm"
	"vauban/service/sts"
	"vauban/service/vauban"
)

// Services returns every service that is built.
func Services(d service.Deps, p *access.Picture) []service.Service {
	users, own, timed := iam.New(d, memberships{}), vauban.New(d, p, named{}), scheduler.New(d)
	automations, metrics := ssm.New(d), cloudwatch.New(d)
	services := []service.Service{
		users,
		sts.New(d, identities{d}),
		signin.New(d, users),
		cloudtrail.New(d, trailAccounts{memberAccounts{d}}),
		own,
		metrics,
		organizations.New(d, memberAccounts{d}),
		accessanalyzer.New(d, inventory{}),
		kms.New(d, memberAccounts{d}, p),
		s3.New(d, memberAccounts{d}),
		s3control.New(d, storage{}),
		sqs.New(d, memberAccounts{d}),
		events.New(d, memberAccounts{d}, trails{trailAccounts{memberAccounts{d}}}),
		logs.New(d, memberAccounts{d}, counting{metrics}),
		lambda.New(d, memberAccounts{d}),
		timed,
		sns.New(d, memberAccounts{d}),
		automations,
	}
	timed.Serves(services)
	automations.Serves(services)
	users.Tracks(services)
	own.Tracks(services)
	return services
}

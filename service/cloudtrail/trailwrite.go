package cloudtrail

import (
	"strings"

	api "vauban/api/cloudtrail"
	"vauban/api/wire"
	"vauban/service"
	"vauban/service/cloudtrail/lake"
	"vauban/store"
)

// maxTrails is how many trails cover a region. CloudTrail User Guide: "Quotas in AWS CloudTrail".
const maxTrails = 5

// maxPrefix bounds S3KeyPrefix. CloudTrail API: "CreateTrail".
const maxPrefix = 200

// change is what a request asks of a trail's settings; nil means: as it is.
type change struct {
	bucket, prefix, key, topic, logGroup, logRole   *string
	globalEvents, multiRegion, validation, ofMaster *bool
}

// createTrail asks bucket and key first whether they let CloudTrail in, as CloudTrail, and then makes the trail. It does not log yet.
func (s *Service) createTrail(c *service.Call, in *api.CreateTrailInput) (*api.CreateTrailOutput, error) {
	ch := change{
		bucket: in.S3BucketName, prefix: in.S3KeyPrefix, key: in.KmsKeyId, topic: in.SnsTopicName, logGroup: in.CloudWatchLogsLogGroupArn, logRole: in.CloudWatchLogsRoleArn,
		globalEvents: in.IncludeGlobalServiceEvents, multiRegion: in.IsMultiRegionTrail, validation: in.EnableLogFileValidation, ofMaster: in.IsOrganizationTrail,
	}
	tags, err := lake.WithTags(nil, in.TagsList)
	if err != nil {
		return nil, err
	}
	t := &Trail{Settings: Settings{Account: c.Account, Region: c.Region, Name: *in.Name, GlobalEvents: true, Basic: defaultSelectors()}, Tags: tags}
	if err := s.Store.Read(c, func(tx store.Tx) error {
		if err := s.apply(c, tx, t, ch); err != nil {
			return err
		}
		return s.room(tx, t)
	}); err != nil {
		return nil, err
	}
	if err := s.checkDestination(c, &t.Settings, ch.key); err != nil {
		return nil, err
	}
	if err := s.checkLogRole(c, &t.Settings); err != nil {
		return nil, err
	}
	if t.ID, err = s.newID(); err != nil {
		return nil, err
	}
	out := api.CreateTrailOutput(*s.changed(c, t))
	c.Record().Response = &out
	err = c.Commit(func(tx store.Tx) error {
		if err := s.room(tx, t); err != nil {
			return err
		}
		return trails.Insert(tx, t)
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// room refuses a name that is taken, and more trails than a region may have.
func (s *Service) room(tx store.Tx, t *Trail) error {
	n := 0
	for other, err := range trails.Each(tx, store.K(t.Account)) {
		if err != nil {
			return err
		}
		if other.Region == t.Region && other.Name == t.Name {
			return api.TrailAlreadyExistsException.New("Trail %s already exists for customer: %s", t.Name, t.Account)
		}
		if other.Region == t.Region || other.MultiRegion {
			n++
		}
	}
	if n >= maxTrails {
		return api.MaximumNumberOfTrailsExceededException.New("User: %s already has %d trails in %s.", t.Account, n, t.Region)
	}
	return nil
}

// updateTrail changes what the request names. What has been recorded until then is delivered under the former settings.
func (s *Service) updateTrail(c *service.Call, in *api.UpdateTrailInput) (*api.UpdateTrailOutput, error) {
	ch := change{
		bucket: in.S3BucketName, prefix: in.S3KeyPrefix, key: in.KmsKeyId, topic: in.SnsTopicName, logGroup: in.CloudWatchLogsLogGroupArn, logRole: in.CloudWatchLogsRoleArn,
		globalEvents: in.IncludeGlobalServiceEvents, multiRegion: in.IsMultiRegionTrail, validation: in.EnableLogFileValidation, ofMaster: in.IsOrganizationTrail,
	}
	var t *Trail
	change := func(tx store.Tx) (err error) {
		if t, err = s.owned(c, tx, *in.Name); err != nil {
			return err
		}
		return s.apply(c, tx, t, ch)
	}
	if err := s.Store.Read(c, change); err != nil {
		return nil, err
	}
	checked := t.Settings
	if err := s.checkDestination(c, &checked, ch.key); err != nil {
		return nil, err
	}
	if ch.logGroup != nil || ch.logRole != nil { // a role that has stopped working keeps nobody from mending the rest
		if err := s.checkLogRole(c, &checked); err != nil {
			return nil, err
		}
	}
	var out *api.UpdateTrailOutput
	err := c.Commit(func(tx store.Tx) error {
		if err := change(tx); err != nil {
			return err
		}
		t.Key = checked.Key
		out = s.changed(c, t)
		c.Record().Response = out
		return s.save(c, tx, t)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// apply changes the trail as the request asks, and refuses what does not go together.
func (s *Service) apply(c *service.Call, tx store.Tx, t *Trail, ch change) error {
	if err := ch.applyTopic(c, t); err != nil {
		return err
	}
	setText(&t.LogGroup, ch.logGroup)
	setText(&t.LogRole, ch.logRole)
	if err := t.checkLogGroup(c); err != nil {
		return err
	}
	setText(&t.Bucket, ch.bucket)
	setText(&t.Prefix, ch.prefix)
	setBool(&t.GlobalEvents, ch.globalEvents)
	setBool(&t.MultiRegion, ch.multiRegion)
	setBool(&t.Validation, ch.validation)
	if ch.key != nil && *ch.key == "" {
		t.Key = ""
	}
	if ch.ofMaster != nil {
		if err := s.applyOrganization(c, tx, t, *ch.ofMaster); err != nil {
			return err
		}
	}
	switch {
	case t.Bucket == "":
		return api.InvalidS3BucketNameException.New("Bucket name cannot be blank!")
	case !bucketName(t.Bucket):
		return api.InvalidS3BucketNameException.New("The bucket name %s is not valid.", t.Bucket)
	case len(t.Prefix) > maxPrefix:
		return api.InvalidS3PrefixException.New("S3 prefix is longer than maximum length: %d", maxPrefix)
	case strings.HasPrefix(t.Prefix, "/") || strings.HasSuffix(t.Prefix, "/") || strings.ContainsFunc(t.Prefix, control):
		return api.InvalidS3PrefixException.New("The S3 prefix %s is not valid: it neither begins nor ends with a slash.", t.Prefix)
	case t.MultiRegion && !t.GlobalEvents:
		return api.InvalidParameterCombinationException.New("Multi-Region trail must include global service events.")
	}
	return nil
}

// applyOrganization makes the trail one of the caller's organization, or of its account alone. A delegated administrator's trails belong to
// the management account.
func (s *Service) applyOrganization(c *service.Call, tx store.Tx, t *Trail, on bool) error {
	if !on {
		if t.Organization != "" && t.Account != c.Account {
			return api.InvalidParameterCombinationException.New("A delegated administrator cannot make an organization trail one of an account.")
		}
		t.Organization = ""
		return nil
	}
	at, err := s.organizationFor(c, tx)
	if err != nil {
		return err
	}
	management, err := s.accounts.Management(tx, at.Organization)
	if err != nil {
		return err
	}
	if t.ID != "" && t.Account != management {
		return api.NotOrganizationMasterAccountException.New("Only a trail of the management account can become an organization trail.")
	}
	t.Organization, t.Account = at.Organization, management
	return nil
}

// applyTopic sets the topic; an empty name takes it away.
func (ch *change) applyTopic(c *service.Call, t *Trail) (err error) {
	switch {
	case ch.topic == nil:
	case *ch.topic == "":
		t.Topic = ""
	default:
		t.Topic, err = t.topicARN(*ch.topic, c.Partition)
	}
	return err
}

func setText(to *string, from *string) {
	if from != nil {
		*to = *from
	}
}

func setBool(to *bool, from *bool) {
	if from != nil {
		*to = *from
	}
}

func control(r rune) bool { return r < ' ' || r == 0x7f }

// bucketName reports whether the text can be the name of a bucket. The bucket's own service knows the finer rules.
func bucketName(s string) bool {
	if len(s) < 3 || len(s) > 63 {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-'
	})
}

// changed is what CreateTrail and UpdateTrail answer.
func (s *Service) changed(c *service.Call, t *Trail) *api.UpdateTrailOutput {
	return &api.UpdateTrailOutput{
		Name: &t.Name, TrailARN: new(t.ARN(c.Partition)), S3BucketName: &t.Bucket, S3KeyPrefix: wire.Optional(t.Prefix), KmsKeyId: wire.Optional(t.Key),
		SnsTopicARN: wire.Optional(t.Topic), SnsTopicName: wire.Optional(topicName(t.Topic)),
		IncludeGlobalServiceEvents: &t.GlobalEvents, IsMultiRegionTrail: &t.MultiRegion, IsOrganizationTrail: new(t.Organization != ""),
		LogFileValidationEnabled: &t.Validation, CloudWatchLogsLogGroupArn: wire.Optional(t.LogGroup), CloudWatchLogsRoleArn: wire.Optional(t.LogRole),
	}
}

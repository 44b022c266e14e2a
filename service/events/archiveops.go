package events

import (
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	api "vauban/api/events"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// maxArchives is the quota of archives of an account and region.
const maxArchives = 100

func (s *Service) archiveOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateArchive, s.onNewArchive, s.createArchive),
		service.Writes(api.OpUpdateArchive, onArchive(func(in *api.UpdateArchiveInput) *string { return in.ArchiveName }), s.updateArchive),
		service.Writes(api.OpDeleteArchive, onArchive(func(in *api.DeleteArchiveInput) *string { return in.ArchiveName }), s.deleteArchive),
		service.Reads(api.OpDescribeArchive, onArchive(func(in *api.DescribeArchiveInput) *string { return in.ArchiveName }), s.describeArchive),
		service.Reads(api.OpListArchives, onAny[api.ListArchivesInput], s.listArchives),
	}
}

func noSuchArchive(name string) error {
	return api.ResourceNotFoundException.New("Archive %s does not exist.", name)
}

// onArchive is the rule of operations on an archive.
func onArchive[In any](name func(*In) *string) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		a := &Archive{Account: c.Account, Region: c.Region, Name: wire.Text(name(in))}
		have, err := archives.Get(c.Tx, archives.Key(a))
		c.Found = onFound[Archive]{have, noSuchArchive(a.Name)}
		if store.IsAbsent(err) {
			err = nil
		}
		return []service.Question{{Resource: a.arn(), ResourceType: "AWS::Events::Archive"}}, err
	}
}

// onNewArchive asks about the archive and about the bus that it is fed from.
func (s *Service) onNewArchive(c *service.Call, in *api.CreateArchiveInput) ([]service.Question, error) {
	a := &Archive{Account: c.Account, Region: c.Region, Name: wire.Text(in.ArchiveName)}
	qs := []service.Question{{Resource: a.arn(), ResourceType: "AWS::Events::Archive"}}
	if n, ok := parseBus(wire.Text(in.EventSourceArn)); ok && n.account == c.Account && n.region == c.Region {
		q, _, err := s.askBus(c.Tx, n)
		return append(qs, q), err
	}
	return qs, nil // the handler refuses it
}

func (s *Service) createArchive(c *service.Call, in *api.CreateArchiveInput) (*api.CreateArchiveOutput, error) {
	n, ok := parseBus(wire.Text(in.EventSourceArn))
	switch {
	case !ok || n.account != c.Account || n.region != c.Region:
		return nil, invalid("Parameter EventSourceArn is not valid. Reason: It must be the ARN of an event bus of this account and region.")
	case wire.Text(in.KmsKeyIdentifier) != "":
		return nil, notBuilt("KmsKeyIdentifier", "Archived events are sealed under the key ring of this deployment; leave the parameter out.")
	}
	if _, err := bus(c.Tx, n); store.IsAbsent(err) {
		return nil, noSuchBus(n.name)
	} else if err != nil {
		return nil, err
	}
	a := &Archive{Account: c.Account, Region: c.Region, Name: *in.ArchiveName, Bus: n.name, Created: c.Time}
	if has, err := archives.Has(c.Tx, archives.Key(a)); err != nil {
		return nil, err
	} else if has {
		return nil, api.ResourceAlreadyExistsException.New("Archive %s already exists.", a.Name)
	}
	if have, err := archives.Count(c.Tx, store.K(c.Account, c.Region), maxArchives); err != nil {
		return nil, err
	} else if have >= maxArchives {
		return nil, overLimit()
	}
	var err error
	if a.Space, err = s.newSpace(); err != nil {
		return nil, err
	}
	if err := s.setArchive(a, in.Description, in.EventPattern, in.RetentionDays); err != nil {
		return nil, err
	}
	if err := touch(c.Tx, n); err != nil {
		return nil, err
	}
	return &api.CreateArchiveOutput{ArchiveArn: new(a.arn()), CreationTime: &a.Created, State: new(stateEnabled)}, archives.Insert(c.Tx, a)
}

func (s *Service) newSpace() (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random space: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

func (s *Service) setArchive(a *Archive, description, pattern *string, retention *int64) error {
	if description != nil {
		a.Description = *description
	}
	if retention != nil {
		a.Retention = *retention
	}
	if pattern == nil {
		return nil
	}
	a.Pattern = *pattern
	if a.Pattern == "" {
		return nil
	}
	_, err := s.compilePattern(a.Pattern)
	return err
}

func (s *Service) updateArchive(c *service.Call, in *api.UpdateArchiveInput) (*api.UpdateArchiveOutput, error) {
	a, err := found[Archive](c)
	if err != nil && in.Description == nil && in.EventPattern == nil && in.RetentionDays == nil {
		return nil, invalid("At least one of EventPattern, RetentionDays or Description must be provided.")
	}
	if err != nil {
		return nil, err
	}
	if wire.Text(in.KmsKeyIdentifier) != "" {
		return nil, notBuilt("KmsKeyIdentifier", "Leave the parameter out.")
	}
	if in.Description == nil && in.EventPattern == nil && in.RetentionDays == nil {
		return nil, invalid("At least one of EventPattern, RetentionDays or Description must be provided.")
	}
	if err := s.setArchive(a, in.Description, in.EventPattern, in.RetentionDays); err != nil {
		return nil, err
	}
	if err := touch(c.Tx, a.busName()); err != nil {
		return nil, err
	}
	return &api.UpdateArchiveOutput{ArchiveArn: new(a.arn()), CreationTime: &a.Created, State: new(stateEnabled)}, archives.Update(c.Tx, a)
}

func (s *Service) deleteArchive(c *service.Call, _ *api.DeleteArchiveInput) (*api.DeleteArchiveOutput, error) {
	a, err := found[Archive](c)
	if err != nil {
		return nil, err
	}
	if err := touch(c.Tx, a.busName()); err != nil {
		return nil, err
	}
	if err := litter.Put(c.Tx, &Litter{Space: a.Space}); err != nil {
		return nil, err
	}
	return &api.DeleteArchiveOutput{}, archives.Delete(c.Tx, archives.Key(a))
}

func (s *Service) describeArchive(c *service.Call, _ *api.DescribeArchiveInput) (*api.DescribeArchiveOutput, error) {
	a, err := found[Archive](c)
	if err != nil {
		return nil, err
	}
	events, bytes, err := total(c.Tx, a)
	return &api.DescribeArchiveOutput{
		ArchiveArn: new(a.arn()), ArchiveName: &a.Name, CreationTime: &a.Created, Description: wire.Optional(a.Description), EventPattern: wire.Optional(a.Pattern),
		EventSourceArn: new(a.busName().arn()), RetentionDays: &a.Retention, State: new(stateEnabled), EventCount: &events, SizeBytes: &bytes,
	}, err
}

func (s *Service) listArchives(c *service.Call, in *api.ListArchivesInput) (*api.ListArchivesOutput, error) {
	if in.NamePrefix != nil && in.EventSourceArn != nil {
		return nil, invalid("At most one filter is allowed for ListArchives. Use either: State, EventSourceArn, or NamePrefix.")
	}
	p, err := s.pageOf("archives", in.Limit, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.ListArchivesOutput{Archives: []api.Archive{}}
	out.NextToken, err = visit(p, c.Tx, archives, store.K(c.Account, c.Region), func(a *Archive) (bool, error) {
		source := a.busName().arn()
		if !strings.HasPrefix(a.Name, wire.Text(in.NamePrefix)) || in.EventSourceArn != nil && *in.EventSourceArn != source || in.State != nil && *in.State != stateEnabled {
			return false, nil
		}
		events, bytes, err := total(c.Tx, a)
		out.Archives = append(out.Archives, api.Archive{
			ArchiveName: &a.Name, CreationTime: &a.Created, EventSourceArn: &source, RetentionDays: &a.Retention, State: new(stateEnabled), EventCount: &events, SizeBytes: &bytes,
		})
		return true, err
	})
	return out, err
}

package logs

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"time"

	api "vauban/api/logs"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Group is a log group. What it holds lies below its ID, so that a group of the same name that comes later has nothing of it.
type Group struct {
	Account, Region, Name string

	ID        string
	Created   time.Time
	Class     string
	Retention int64             `json:",omitempty"` // days; 0 keeps events for ever
	Key       string            `json:",omitempty"` // ARN of the KMS key
	Protected bool              `json:",omitempty"` // from deletion
	Guarded   string            `json:",omitempty"` // the status of its data protection policy, "" where it never had one
	Tags      map[string]string `json:",omitempty"`
}

var groups = &store.Table[Group]{
	Name: "logs.group",
	Key:  func(g *Group) store.Key { return store.K(g.Account, g.Region, g.Name) },
}

// Stored says how many bytes a group holds, as a job has counted them. It is apart from the group, which every call reads.
type Stored struct {
	Group string // ID
	Bytes int64
}

var stored = &store.Table[Stored]{
	Name: "logs.stored",
	Key:  func(x *Stored) store.Key { return store.K(x.Group) },
}

// Litter is a group or a stream that was deleted: a job clears away what it held.
type Litter struct {
	Group  string // ID
	Stream int64  // 0: the whole group
}

var litter = &store.Table[Litter]{
	Name: "logs.litter",
	Key:  func(l *Litter) store.Key { return store.K(l.Group, l.Stream) },
}

func (g *Group) arn() string { return groupARN(g.Account, g.Region, g.Name) }

func groupARN(account, region, name string) string {
	return "arn:aws:logs:" + region + ":" + account + ":log-group:" + name
}

func (s *Service) groupOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateLogGroup, s.onNewGroup, s.createGroup),
		service.Writes(api.OpDeleteLogGroup, onGroup(s, func(in *api.DeleteLogGroupInput) (a, b *string) { return in.LogGroupName, nil }), s.deleteGroup),
		service.Reads(api.OpDescribeLogGroups, onGroups[api.DescribeLogGroupsInput], s.describeGroups),
		service.Reads(api.OpListLogGroups, onGroups[api.ListLogGroupsInput], s.listGroups),
		service.Writes(api.OpPutRetentionPolicy, onGroup(s, func(in *api.PutRetentionPolicyInput) (a, b *string) { return in.LogGroupName, nil }), s.putRetention),
		service.Writes(api.OpDeleteRetentionPolicy, onGroup(s, func(in *api.DeleteRetentionPolicyInput) (a, b *string) { return in.LogGroupName, nil }), s.deleteRetention),
		service.Writes(api.OpPutLogGroupDeletionProtection, onGroup(s, func(in *api.PutLogGroupDeletionProtectionInput) (a, b *string) { return nil, in.LogGroupIdentifier }), s.protectGroup),
	}
}

func (s *Service) createGroup(c *service.Call, in *api.CreateLogGroupInput) (*api.CreateLogGroupOutput, error) {
	g := &Group{
		Account: c.Account, Region: c.Region, Name: wire.Text(in.LogGroupName), Created: c.Time, Class: wire.Text(in.LogGroupClass), Key: wire.Text(in.KmsKeyId),
		Protected: in.DeletionProtectionEnabled != nil && *in.DeletionProtectionEnabled,
	}
	switch g.Class {
	case "":
		g.Class = api.LogGroupClassStandard
	case api.LogGroupClassDelivery:
		return nil, notBuilt("The log group class DELIVERY")
	}
	if err := s.groupFree(c); err != nil {
		return nil, err
	}
	if g.Key != "" {
		if err := keyARN(g.Key); err != nil {
			return nil, err
		}
	}
	var err error
	if g.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if g.ID, err = s.newID(); err != nil {
		return nil, err
	}
	var key *DataKey
	if g.Key != "" {
		if key, err = s.newDataKey(c, g); err != nil {
			return nil, err
		}
	}
	return &api.CreateLogGroupOutput{}, c.Commit(func(tx store.Tx) error {
		if err := s.groupFree(c); err != nil {
			return err
		}
		if key != nil {
			if err := wrappedKeys.Put(tx, key); err != nil {
				return err
			}
		}
		return groups.Insert(tx, g)
	})
}

func (s *Service) groupFree(c *service.Call) error {
	if found(c).group != nil {
		return api.ResourceAlreadyExistsException.New("The specified log group already exists")
	}
	return nil
}

func (s *Service) newID() (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}

// newUUID is a random UUID, version 4 (RFC 9562).
func (s *Service) newUUID() (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return "", fmt.Errorf("random ID: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}

// newNumber is a random number of a stream: positive, and never one that was used.
func (s *Service) newNumber() (int64, error) {
	var b [8]byte
	if _, err := io.ReadFull(s.Rand, b[:]); err != nil {
		return 0, fmt.Errorf("random number: %w", err)
	}
	return int64(binary.BigEndian.Uint64(b[:])>>1) | 1, nil
}

func (s *Service) deleteGroup(c *service.Call, _ *api.DeleteLogGroupInput) (*api.DeleteLogGroupOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	if g.Protected {
		return nil, api.ValidationException.New("The log group %s has deletion protection enabled. Disable it with PutLogGroupDeletionProtection to delete the log group.", g.Name)
	}
	if err := groups.Delete(c.Tx, groups.Key(g)); err != nil {
		return nil, err
	}
	if err := dropNamed(c.Tx, g); err != nil {
		return nil, err
	}
	return &api.DeleteLogGroupOutput{}, litter.Put(c.Tx, &Litter{Group: g.ID})
}

// dropNamed deletes what hangs on the group's name: few documents, so that a group of the same name begins without them.
func dropNamed(tx store.Tx, g *Group) error {
	for _, drop := range []func(store.Tx, store.Key) (int, error){dropSome(metricFilters), dropSome(subscriptions), dropSome(resourcePolicies), dropSome(protections), dropSome(transformers), dropSome(indexPolicies)} {
		if _, err := drop(tx, groups.Key(g)); err != nil {
			return err
		}
	}
	return nil
}

// retentions are the numbers of days that there are. API reference: "PutRetentionPolicy".
var retentions = []int64{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}

func (s *Service) putRetention(c *service.Call, in *api.PutRetentionPolicyInput) (*api.PutRetentionPolicyOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(retentions, *in.RetentionInDays) {
		return nil, invalid("1 validation error detected: Value '%d' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: %v", *in.RetentionInDays, retentions)
	}
	g.Retention = *in.RetentionInDays
	return &api.PutRetentionPolicyOutput{}, groups.Update(c.Tx, g)
}

func (s *Service) deleteRetention(c *service.Call, _ *api.DeleteRetentionPolicyInput) (*api.DeleteRetentionPolicyOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	g.Retention = 0
	return &api.DeleteRetentionPolicyOutput{}, groups.Update(c.Tx, g)
}

func (s *Service) protectGroup(c *service.Call, in *api.PutLogGroupDeletionProtectionInput) (*api.PutLogGroupDeletionProtectionOutput, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	g.Protected = *in.DeletionProtectionEnabled
	return &api.PutLogGroupDeletionProtectionOutput{}, groups.Update(c.Tx, g)
}

// expired is the time before which the group lets events go, in milliseconds; 0 when it keeps them.
func (g *Group) expired(now time.Time) int64 {
	if g.Retention == 0 {
		return 0
	}
	return now.Add(-time.Duration(g.Retention) * day).UnixMilli()
}

const day = 24 * time.Hour

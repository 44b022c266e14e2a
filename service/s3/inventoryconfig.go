package s3

import (
	"slices"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// inventory is a report on the objects of a bucket that its owner wants regularly. inventory.go makes them. Amazon S3 User Guide: "Cataloging and
// analyzing your data with S3 Inventory".
type inventory struct {
	Shown *api.InventoryConfiguration `json:"shown"` // as it was set
}

const inventoryKind namedKind[inventory] = "inventory"

var errInvalidDestination = wire.Code("InvalidS3DestinationBucket", 400)

func (s *Service) inventoryOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketInventoryConfiguration, onBucket[api.GetBucketInventoryConfigurationInput](s, nil), s.getInventory),
		service.Writes(api.OpPutBucketInventoryConfiguration, onBucket(s, inventoryFields), s.putInventory),
		service.Writes(api.OpDeleteBucketInventoryConfiguration, onBucket[api.DeleteBucketInventoryConfigurationInput](s, nil), s.deleteInventory),
		service.Reads(api.OpListBucketInventoryConfigurations, onBucket[api.ListBucketInventoryConfigurationsInput](s, nil), s.listInventories),
	}
}

// inventoryFields is what policies may say about the fields that are not for everybody.
func inventoryFields(in *api.PutBucketInventoryConfigurationInput, keys conditions) {
	var guarded []string
	for _, f := range in.InventoryConfiguration.OptionalFields {
		if f == api.InventoryOptionalFieldObjectOwner || f == api.InventoryOptionalFieldObjectAccessControlList {
			guarded = append(guarded, f)
		}
	}
	if guarded != nil {
		keys["s3:InventoryAccessibleOptionalFields"] = guarded
	}
}

func (s *Service) getInventory(c *service.Call, in *api.GetBucketInventoryConfigurationInput) (*api.GetBucketInventoryConfigurationOutput, error) {
	b := foundIn(c).bucket
	v, err := inventoryKind.in(c.Tx, b, *in.Id)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, noConfiguration(b)
	}
	return &api.GetBucketInventoryConfigurationOutput{InventoryConfiguration: v.Shown}, nil
}

func (s *Service) deleteInventory(c *service.Call, in *api.DeleteBucketInventoryConfigurationInput) (*api.DeleteBucketInventoryConfigurationOutput, error) {
	return &api.DeleteBucketInventoryConfigurationOutput{}, inventoryKind.drop(c.Tx, foundIn(c).bucket, *in.Id)
}

func (s *Service) listInventories(c *service.Call, in *api.ListBucketInventoryConfigurationsInput) (*api.ListBucketInventoryConfigurationsOutput, error) {
	out := &api.ListBucketInventoryConfigurationsOutput{ContinuationToken: in.ContinuationToken}
	var err error
	out.NextContinuationToken, err = inventoryKind.page(s, c, foundIn(c).bucket, in.ContinuationToken, func(v *inventory) {
		out.InventoryConfigurationList = append(out.InventoryConfigurationList, *v.Shown)
	})
	out.IsTruncated = new(out.NextContinuationToken != nil)
	return out, err
}

// putInventory sets an inventory. Whether the destination's policy lets S3 put reports there is asked with every report.
func (s *Service) putInventory(c *service.Call, in *api.PutBucketInventoryConfigurationInput) (*api.PutBucketInventoryConfigurationOutput, error) {
	b, set := foundIn(c).bucket, in.InventoryConfiguration
	if err := checkNamed(*in.Id, *set.Id); err != nil {
		return nil, err
	}
	if err := s.checkInventory(c, b, set); err != nil {
		return nil, err
	}
	if err := inventoryKind.put(c.Tx, b, *set.Id, &inventory{set}); err != nil {
		return nil, err
	}
	return &api.PutBucketInventoryConfigurationOutput{}, dateInventory(c.Tx, b, set, c.Time)
}

func (s *Service) checkInventory(c *service.Call, b *Bucket, set *api.InventoryConfiguration) error {
	d := set.Destination.S3BucketDestination
	if *d.Format != api.InventoryFormatCsv {
		return errNotImplemented.New("Inventories in the format %s are not built in this version of Vauban, only CSV: nothing was set.", *d.Format)
	}
	for i, f := range set.OptionalFields {
		if slices.Contains(set.OptionalFields[:i], f) {
			return malformedXML()
		}
		if columnOf(f) == nil {
			return errNotImplemented.New("The inventory field %s is not built in this version of Vauban: nothing was set.", f)
		}
	}
	if e := d.Encryption; e != nil && (e.SSEKMS == nil) == (e.SSES3 == nil) || set.Filter != nil && len(*set.Filter.Prefix) > maxKey || len(wire.Text(d.Prefix)) > maxKey/2 {
		return malformedXML()
	}
	if d.AccountId != nil && !isAccount(*d.AccountId) {
		return invalid("AccountId", *d.AccountId, "The account ID of the destination has 12 digits.")
	}
	name, ok := strings.CutPrefix(*d.Bucket, s.bucketARN(""))
	if !ok || checkBucketName(name) != nil {
		return errInvalidDestination.New("Invalid bucket ARN.")
	}
	to, err := buckets.Get(c.Tx, store.K(name))
	switch {
	case store.IsAbsent(err):
		return errInvalidDestination.New("The destination bucket %s does not exist.", name)
	case err != nil:
		return err
	case to.Region != b.Region:
		return errInvalidDestination.New("The destination bucket must be in the Region of the source bucket, %s.", b.Region)
	}
	return nil
}

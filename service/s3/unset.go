package s3

import (
	"net/http"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
)

// This file answers for kinds of configuration that are not built: reading them says what AWS says of a bucket that has none, which clients like
// Terraform ask of every bucket; setting them is refused.

var (
	errNoConfiguration = wire.Code("NoSuchConfiguration", http.StatusNotFound)
	errNoReplication   = wire.Code("ReplicationConfigurationNotFoundError", http.StatusNotFound)
)

func (s *Service) unsetOperations() []service.Row {
	return []service.Row{
		absent[api.GetBucketAnalyticsConfigurationInput, api.GetBucketAnalyticsConfigurationOutput](s, api.OpGetBucketAnalyticsConfiguration, noConfiguration),
		unbuilt[api.PutBucketAnalyticsConfigurationInput, api.PutBucketAnalyticsConfigurationOutput](s, api.OpPutBucketAnalyticsConfiguration, "Storage class analysis"),
		absent[api.DeleteBucketAnalyticsConfigurationInput, api.DeleteBucketAnalyticsConfigurationOutput](s, api.OpDeleteBucketAnalyticsConfiguration, noConfiguration),
		service.Reads(api.OpListBucketAnalyticsConfigurations, onBucket[api.ListBucketAnalyticsConfigurationsInput](s, nil), noAnalytics),

		absent[api.GetBucketIntelligentTieringConfigurationInput, api.GetBucketIntelligentTieringConfigurationOutput](s, api.OpGetBucketIntelligentTieringConfiguration, noConfiguration),
		unbuilt[api.PutBucketIntelligentTieringConfigurationInput, api.PutBucketIntelligentTieringConfigurationOutput](s, api.OpPutBucketIntelligentTieringConfiguration, "Intelligent-Tiering"),
		absent[api.DeleteBucketIntelligentTieringConfigurationInput, api.DeleteBucketIntelligentTieringConfigurationOutput](s, api.OpDeleteBucketIntelligentTieringConfiguration, noConfiguration),
		service.Reads(api.OpListBucketIntelligentTieringConfigurations, onBucket[api.ListBucketIntelligentTieringConfigurationsInput](s, nil), noTiering),
	}
}

// absent is a row of what no bucket has.
func absent[In, Out any](s *Service, op *wire.Operation, why func(*Bucket) error) service.Row {
	return service.Reads(op, onBucket[In](s, nil), func(c *service.Call, _ *In) (*Out, error) { return nil, why(foundIn(c).bucket) })
}

// unbuilt is a row that sets what would have no effect.
func unbuilt[In, Out any](s *Service, op *wire.Operation, what string) service.Row {
	return service.Reads(op, onBucket[In](s, nil), func(*service.Call, *In) (*Out, error) {
		return nil, errNotImplemented.New("%s is not built in this version of Vauban: nothing was set.", what)
	})
}

func noReplication(b *Bucket) error {
	return errNoReplication.New("The replication configuration was not found").With("BucketName", b.Name)
}

func noConfiguration(*Bucket) error {
	return errNoConfiguration.New("The specified configuration does not exist.")
}

func noAnalytics(*service.Call, *api.ListBucketAnalyticsConfigurationsInput) (*api.ListBucketAnalyticsConfigurationsOutput, error) {
	return &api.ListBucketAnalyticsConfigurationsOutput{IsTruncated: new(false)}, nil
}

func noTiering(*service.Call, *api.ListBucketIntelligentTieringConfigurationsInput) (*api.ListBucketIntelligentTieringConfigurationsOutput, error) {
	return &api.ListBucketIntelligentTieringConfigurationsOutput{IsTruncated: new(false)}, nil
}

// acceleration is what was set of it: only that it is suspended has an effect, namely none.
type acceleration struct {
	Status string `json:"status"`
}

const accelerationKind kindOf[acceleration] = "acceleration"

func (s *Service) paymentOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketRequestPayment, onBucket[api.GetBucketRequestPaymentInput](s, nil), s.getBucketRequestPayment),
		service.Writes(api.OpPutBucketRequestPayment, onBucket[api.PutBucketRequestPaymentInput](s, nil), s.putBucketRequestPayment),
		service.Reads(api.OpGetBucketAccelerateConfiguration, onBucket[api.GetBucketAccelerateConfigurationInput](s, nil), s.getBucketAcceleration),
		service.Writes(api.OpPutBucketAccelerateConfiguration, onBucket[api.PutBucketAccelerateConfigurationInput](s, nil), s.putBucketAcceleration),
	}
}

func (s *Service) getBucketRequestPayment(*service.Call, *api.GetBucketRequestPaymentInput) (*api.GetBucketRequestPaymentOutput, error) {
	return &api.GetBucketRequestPaymentOutput{Payer: new(api.PayerBucketOwner)}, nil
}

func (s *Service) putBucketRequestPayment(c *service.Call, in *api.PutBucketRequestPaymentInput) (*api.PutBucketRequestPaymentOutput, error) {
	if *in.RequestPaymentConfiguration.Payer != api.PayerBucketOwner {
		return nil, errNotImplemented.New("Requester Pays is not built in this version of Vauban: nobody is billed here.")
	}
	return &api.PutBucketRequestPaymentOutput{}, nil
}

func (s *Service) getBucketAcceleration(c *service.Call, _ *api.GetBucketAccelerateConfigurationInput) (*api.GetBucketAccelerateConfigurationOutput, error) {
	a, err := accelerationKind.in(c.Tx, foundIn(c).bucket)
	out := &api.GetBucketAccelerateConfigurationOutput{}
	if a != nil {
		out.Status = &a.Status
	}
	return out, err
}

func (s *Service) putBucketAcceleration(c *service.Call, in *api.PutBucketAccelerateConfigurationInput) (*api.PutBucketAccelerateConfigurationOutput, error) {
	b := foundIn(c).bucket
	switch status := in.AccelerateConfiguration.Status; {
	case status == nil:
		return nil, malformedXML()
	case strings.Contains(b.Name, "."):
		return nil, api.InvalidRequest.New("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
	case *status == api.BucketAccelerateStatusEnabled:
		return nil, errNotImplemented.New("Transfer Acceleration is not built in this version of Vauban: there are no edge locations.")
	default:
		return &api.PutBucketAccelerateConfigurationOutput{}, accelerationKind.put(c.Tx, b, &acceleration{*status})
	}
}

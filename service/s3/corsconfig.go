package s3

import (
	"errors"
	"net/http"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/cors"
	"vauban/service"
)

type corsRules struct {
	Rules []cors.Rule `json:"rules"`
}

const corsKind kindOf[corsRules] = "cors"

var errNoCORS = wire.Code("NoSuchCORSConfiguration", http.StatusNotFound)

func (s *Service) corsOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketCors, onBucket[api.GetBucketCorsInput](s, nil), s.getBucketCORS),
		service.Writes(api.OpPutBucketCors, onBucket[api.PutBucketCorsInput](s, nil), s.putBucketCORS),
		service.Writes(api.OpDeleteBucketCors, onBucket[api.DeleteBucketCorsInput](s, nil), s.deleteBucketCORS),
	}
}

func (s *Service) getBucketCORS(c *service.Call, _ *api.GetBucketCorsInput) (*api.GetBucketCorsOutput, error) {
	b := foundIn(c).bucket
	r, err := corsKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errNoCORS.New("The CORS configuration does not exist").With("BucketName", b.Name)
	}
	out := make([]api.CORSRule, len(r.Rules))
	for i := range r.Rules {
		own := &r.Rules[i]
		out[i] = api.CORSRule{ID: wire.Optional(own.ID), AllowedOrigins: own.Origins, AllowedMethods: own.Methods, AllowedHeaders: own.Headers,
			ExposeHeaders: own.ExposeHeaders, MaxAgeSeconds: own.MaxAge}
	}
	return &api.GetBucketCorsOutput{CORSRules: out}, nil
}

func (s *Service) putBucketCORS(c *service.Call, in *api.PutBucketCorsInput) (*api.PutBucketCorsOutput, error) {
	rules := make([]cors.Rule, len(in.CORSConfiguration.CORSRules))
	for i, r := range in.CORSConfiguration.CORSRules {
		rules[i] = cors.Rule{ID: wire.Text(r.ID), Origins: r.AllowedOrigins, Methods: r.AllowedMethods, Headers: r.AllowedHeaders,
			ExposeHeaders: r.ExposeHeaders, MaxAge: r.MaxAgeSeconds}
	}
	err := cors.Check(rules)
	var f *cors.Fault
	switch {
	case errors.As(err, &f) && f.Malformed:
		return nil, malformedXML()
	case errors.As(err, &f):
		return nil, api.InvalidRequest.New("%s", f.Message)
	case err != nil:
		return nil, err
	}
	return &api.PutBucketCorsOutput{}, corsKind.put(c.Tx, foundIn(c).bucket, &corsRules{rules})
}

func (s *Service) deleteBucketCORS(c *service.Call, _ *api.DeleteBucketCorsInput) (*api.DeleteBucketCorsOutput, error) {
	return &api.DeleteBucketCorsOutput{}, corsKind.drop(c.Tx, foundIn(c).bucket)
}

package s3

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	api "vauban/api/s3"
	"vauban/api/wire"
	"vauban/engine/website"
	"vauban/service"
)

// siteSetting is a bucket's website. website.go serves it. S3 API Reference: "PutBucketWebsite".
type siteSetting struct {
	Shown *api.WebsiteConfiguration `json:"shown"` // as it was set
	Site  website.Site              `json:"site"`
}

const websiteKind kindOf[siteSetting] = "website"

const mostRoutingRules = 50

var errNoWebsite = wire.Code("NoSuchWebsiteConfiguration", http.StatusNotFound)

func (s *Service) websiteOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpGetBucketWebsite, onBucket[api.GetBucketWebsiteInput](s, nil), s.getBucketWebsite),
		service.Writes(api.OpPutBucketWebsite, onBucket[api.PutBucketWebsiteInput](s, nil), s.putBucketWebsite),
		service.Writes(api.OpDeleteBucketWebsite, onBucket[api.DeleteBucketWebsiteInput](s, nil), s.deleteBucketWebsite),
	}
}

func (s *Service) getBucketWebsite(c *service.Call, _ *api.GetBucketWebsiteInput) (*api.GetBucketWebsiteOutput, error) {
	b := foundIn(c).bucket
	w, err := websiteKind.in(c.Tx, b)
	if err != nil {
		return nil, err
	}
	if w == nil {
		return nil, noWebsite(b)
	}
	return &api.GetBucketWebsiteOutput{
		IndexDocument: w.Shown.IndexDocument, ErrorDocument: w.Shown.ErrorDocument, RedirectAllRequestsTo: w.Shown.RedirectAllRequestsTo, RoutingRules: w.Shown.RoutingRules,
	}, nil
}

func (s *Service) deleteBucketWebsite(c *service.Call, _ *api.DeleteBucketWebsiteInput) (*api.DeleteBucketWebsiteOutput, error) {
	return &api.DeleteBucketWebsiteOutput{}, websiteKind.drop(c.Tx, foundIn(c).bucket)
}

func (s *Service) putBucketWebsite(c *service.Call, in *api.PutBucketWebsiteInput) (*api.PutBucketWebsiteOutput, error) {
	site, err := siteFrom(in.WebsiteConfiguration)
	if err != nil {
		return nil, err
	}
	return &api.PutBucketWebsiteOutput{}, websiteKind.put(c.Tx, foundIn(c).bucket, &siteSetting{in.WebsiteConfiguration, *site})
}

func noWebsite(b *Bucket) error {
	return errNoWebsite.New("The specified bucket does not have a website configuration").With("BucketName", b.Name)
}

func siteFrom(set *api.WebsiteConfiguration) (*website.Site, error) {
	site := &website.Site{}
	if all := set.RedirectAllRequestsTo; all != nil {
		if set.IndexDocument != nil || set.ErrorDocument != nil || len(set.RoutingRules) > 0 {
			return nil, invalid("RedirectAllRequestsTo", "not null", "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.")
		}
		site.All = &website.To{Host: *all.HostName, Protocol: wire.Text(all.Protocol)}
		return site, checkTo(site.All)
	}
	switch {
	case set.IndexDocument == nil:
		return nil, invalid("IndexDocument", "null", "A value for IndexDocument Suffix must be provided if RedirectAllRequestsTo is empty")
	case *set.IndexDocument.Suffix == "" || strings.Contains(*set.IndexDocument.Suffix, "/") || len(*set.IndexDocument.Suffix) > maxKey:
		return nil, invalid("IndexDocument", *set.IndexDocument.Suffix, "The IndexDocument Suffix is not well formed")
	case set.ErrorDocument != nil && (*set.ErrorDocument.Key == "" || len(*set.ErrorDocument.Key) > maxKey):
		return nil, invalid("ErrorDocument", *set.ErrorDocument.Key, "The ErrorDocument Key is not well formed")
	case len(set.RoutingRules) > mostRoutingRules:
		return nil, api.InvalidRequest.New("%d routing rules provided, the number of routing rules in a website configuration is limited to %d.", len(set.RoutingRules), mostRoutingRules)
	}
	site.Index = *set.IndexDocument.Suffix
	if set.ErrorDocument != nil {
		site.Error = *set.ErrorDocument.Key
	}
	for i := range set.RoutingRules {
		r, err := routingRule(&set.RoutingRules[i])
		if err != nil {
			return nil, err
		}
		site.Rules = append(site.Rules, *r)
	}
	return site, nil
}

func routingRule(set *api.RoutingRule) (*website.Rule, error) {
	to := set.Redirect
	r := &website.Rule{To: website.To{
		Protocol: wire.Text(to.Protocol), Host: wire.Text(to.HostName), Key: to.ReplaceKeyWith, KeyPrefix: to.ReplaceKeyPrefixWith,
	}}
	if *to == (api.Redirect{}) {
		return nil, malformedXML()
	}
	if to.ReplaceKeyWith != nil && to.ReplaceKeyPrefixWith != nil {
		return nil, api.InvalidRequest.New("You can only define ReplaceKeyPrefix or ReplaceKey but not both.")
	}
	if len(wire.Text(to.ReplaceKeyWith)) > maxKey || len(wire.Text(to.ReplaceKeyPrefixWith)) > maxKey {
		return nil, malformedXML()
	}
	if code := to.HttpRedirectCode; code != nil {
		n, err := strconv.Atoi(*code)
		if err != nil || n <= 300 || n > 399 {
			return nil, api.InvalidRequest.New("The provided HTTP redirect code (%s) is not valid. Valid codes are 3XX except 300.", *code)
		}
		r.To.Code = n
	}
	if c := set.Condition; c != nil {
		if c.KeyPrefixEquals == nil && c.HttpErrorCodeReturnedEquals == nil {
			return nil, api.InvalidRequest.New("Condition cannot be empty. To redirect all requests without a condition, the condition element shouldn't be present.")
		}
		if r.Prefix = wire.Text(c.KeyPrefixEquals); len(r.Prefix) > maxKey {
			return nil, malformedXML()
		}
		if code := c.HttpErrorCodeReturnedEquals; code != nil {
			n, err := strconv.Atoi(*code)
			if err != nil || n < 400 || n > 599 {
				return nil, api.InvalidRequest.New("The provided HTTP error code (%s) is not valid. Valid codes are 4XX or 5XX.", *code)
			}
			r.Status = n
		}
	}
	return r, checkTo(&r.To)
}

// checkTo refuses a host that is none: it becomes a header.
func checkTo(to *website.To) error {
	if to.Protocol != "" && !slices.Contains([]string{"http", "https"}, to.Protocol) {
		return api.InvalidRequest.New("Invalid protocol, protocol can be http or https. If not defined the protocol will be selected automatically.")
	}
	bad := func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-._:[]", r))
	}
	if len(to.Host) > 255 || strings.ContainsFunc(to.Host, bad) {
		return invalid("HostName", to.Host, "The host name of a redirect is a DNS name or an address, perhaps with a port.")
	}
	return nil
}

// checkRedirect refuses an x-amz-website-redirect-location that leads nowhere.
func checkRedirect(location string) error {
	if location == "" || strings.HasPrefix(location, "/") || strings.HasPrefix(location, "http://") || strings.HasPrefix(location, "https://") {
		return nil
	}
	return errInvalidRedirect.New("The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
}

var errInvalidRedirect = wire.Code("InvalidRedirectLocation", http.StatusBadRequest)

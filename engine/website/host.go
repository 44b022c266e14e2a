package website

import "strings"

// Host reads the host name of a website endpoint, BUCKET.s3-website-REGION.… or BUCKET.s3-website.REGION.…, without port and in lower case. Amazon S3 User
// Guide: "Website endpoints".
func Host(host string) (bucket, region string, ok bool) {
	const mark = ".s3-website"
	i := strings.LastIndex(host, mark)
	if i <= 0 {
		return "", "", false
	}
	rest := host[i+len(mark):]
	if rest == "" || rest[0] != '-' && rest[0] != '.' {
		return "", "", false
	}
	region, domain, ok := strings.Cut(rest[1:], ".")
	if !ok || region == "" || domain == "" || strings.HasPrefix(domain, "s3.") || strings.Contains(domain, ".s3.") {
		return "", "", false // the last is a bucket of that name
	}
	return host[:i], region, true
}

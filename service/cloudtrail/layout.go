package cloudtrail

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"time"
)

// The keys of files. CloudTrail User Guide: "CloudTrail log file names", "CloudTrail digest file structure".

// folder is where an account's files of a kind are, "CloudTrail" or "CloudTrail-Digest", with a slash at its end.
func (t *Settings) folder(account, kind string) string {
	key := ""
	if t.Prefix != "" {
		key = t.Prefix + "/"
	}
	key += "AWSLogs/"
	if t.Organization != "" {
		key += t.Organization + "/"
	}
	return key + account + "/" + kind + "/"
}

// logKey is the key of a log file. Its random part is that of the trail, the cut and the stream: the same whenever the file is written.
func (t *Settings) logKey(id string, c *cut, account, region string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%s/%s", id, c.Number, account, region))
	unique := base32.StdEncoding.EncodeToString(sum[:])[:16]
	at := c.Time.UTC()
	return fmt.Sprintf("%s%s/%s/%s_CloudTrail_%s_%s_%s.json.gz", t.folder(account, "CloudTrail"), region, at.Format("2006/01/02"),
		account, region, at.Format("20060102T1504Z"), unique)
}

// digestKeyAt is the key of the digest of a stream that ends at that time.
func (t *Settings) digestKeyAt(account, region string, end time.Time) string {
	at := end.UTC()
	return fmt.Sprintf("%s%s/%s/%s_CloudTrail-Digest_%s_%s_%s_%s.json.gz", t.folder(account, "CloudTrail-Digest"), region, at.Format("2006/01/02"),
		account, region, t.Name, t.Region, at.Format("20060102T150405Z"))
}

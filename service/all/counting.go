package all

import (
	"vauban/service/cloudwatch"
	"vauban/service/logs"
	"vauban/store"
)

// counting hands the rules of CloudWatch's Contributor Insights to CloudWatch Logs.
type counting struct{ rules *cloudwatch.Service }

var _ logs.Counting = counting{}

// Counting implements [logs.Counting].
func (x counting) Counting(tx store.Tx, account, region, group string) (logs.Count, error) {
	c, err := x.rules.Counting(tx, account, region, group)
	if c == nil {
		return nil, err
	}
	return c, err
}

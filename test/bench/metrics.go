package main

import (
	"fmt"
	"net/url"
)

// samples is a PutMetricData of so many samples, each of a metric of its own.
func samples(n int) func(i int) string {
	return func(i int) string {
		v := url.Values{"Action": {"PutMetricData"}, "Version": {"2010-08-01"}, "Namespace": {"Bench"}}
		for k := 1; k <= n; k++ {
			v.Set(fmt.Sprintf("MetricData.member.%d.MetricName", k), fmt.Sprint("m", k))
			v.Set(fmt.Sprintf("MetricData.member.%d.Value", k), fmt.Sprint(i%100))
		}
		return v.Encode()
	}
}

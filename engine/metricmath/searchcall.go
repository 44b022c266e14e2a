package metricmath

import (
	"fmt"
	"math"
)

func search(x *evaluation, args []node) (Value, error) {
	a, err := searchOf(args)
	if err != nil {
		return Value{}, err
	}
	period := a.period
	if period == 0 {
		period = x.Period
	}
	found, err := x.Search(a.search, a.statistic, period)
	return array(found...), err
}

type searchArguments struct {
	search    *Search
	statistic string
	period    int64
}

// searchOf reads the arguments of SEARCH, which must be written out.
func searchOf(args []node) (a searchArguments, err error) {
	query, ok := args[0].(text)
	stat, ok2 := args[1].(text)
	if !ok || !ok2 {
		return a, fmt.Errorf("SEARCH wants a query and a statistic in quotation marks, and may have a period")
	}
	a.statistic = string(stat)
	if len(args) == 3 {
		n, ok := args[2].(number)
		if !ok || n < 1 || n > 86400*30 || float64(n) != math.Trunc(float64(n)) {
			return a, fmt.Errorf("the period of SEARCH must be a number of seconds")
		}
		a.period = int64(n)
	}
	a.search, err = ParseSearch(string(query))
	return a, err
}

package cloudwatch

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/google/uuid"

	api "vauban/api/cloudwatch"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) historyOperations() []service.Row {
	return []service.Row{service.Reads(api.OpDescribeAlarmHistory, onHistory, s.describeHistory)}
}

func onHistory(c *service.Call, in *api.DescribeAlarmHistoryInput) ([]service.Question, error) {
	if in.AlarmName == nil {
		return onAlarms(c, nil)
	}
	return onAlarms(c, []string{*in.AlarmName})
}

// keptHistory is how long history is kept. User Guide: "Common features of CloudWatch alarms".
const keptHistory = 30 * 24 * time.Hour

// remember writes something into the history of an alarm.
func (s *Service) remember(tx store.Tx, a *Alarm, at time.Time, item, summary, data string) error {
	return s.keep(tx, &History{Account: a.Account, Region: a.Region, Name: a.Name, Kind: a.kind(), Item: item, Summary: shortened(summary, 255), Data: data}, at)
}

func (s *Service) keep(tx store.Tx, h *History, at time.Time) error {
	id, err := uuid.NewRandomFromReader(s.Rand)
	if err != nil {
		return fmt.Errorf("an ID for history: %w", err)
	}
	h.ID, h.Order, h.Time, h.Summary = id.String(), s.order.Add(1), at, shortened(h.Summary, 255)
	return histories.Insert(tx, h)
}

// maxHistory is how much of the history one call looks at.
const maxHistory = 10_000

func (s *Service) describeHistory(c *service.Call, in *api.DescribeAlarmHistoryInput) (*api.DescribeAlarmHistoryOutput, error) {
	from := 0
	if wire.Text(in.NextToken) != "" {
		b, err := base64.RawURLEncoding.DecodeString(*in.NextToken)
		if from, _ = strconv.Atoi(string(b)); err != nil || from < 1 || from > maxHistory {
			return nil, badToken()
		}
	}
	kinds := in.AlarmTypes
	if len(kinds) == 0 && in.AlarmName == nil {
		kinds = []string{api.AlarmTypeMetricAlarm}
	}
	all := histories.Each(c.Tx, store.K(c.Account, c.Region))
	if in.AlarmName != nil {
		all = histories.EachRef(c.Tx, "alarm", store.K(c.Account, c.Region, *in.AlarmName))
	}
	var list []*History
	looked := 0
	for h, err := range all {
		if err != nil {
			return nil, err
		}
		if looked++; looked > maxHistory || in.StartDate != nil && h.Time.Before(*in.StartDate) {
			break
		}
		if (in.EndDate == nil || !h.Time.After(*in.EndDate)) && (in.HistoryItemType == nil || *in.HistoryItemType == h.Item) && (len(kinds) == 0 || slices.Contains(kinds, h.Kind)) {
			list = append(list, h)
		}
	}
	if wire.Text(in.ScanBy) == api.ScanByTimestampAscending {
		slices.Reverse(list)
	}
	return pageOfHistory(list, from, limitOf(in.MaxRecords, 100)), nil
}

func pageOfHistory(list []*History, from, most int) *api.DescribeAlarmHistoryOutput {
	out := &api.DescribeAlarmHistoryOutput{AlarmHistoryItems: []api.AlarmHistoryItem{}}
	end := min(from+most, len(list))
	for _, h := range list[min(from, len(list)):end] {
		out.AlarmHistoryItems = append(out.AlarmHistoryItems, api.AlarmHistoryItem{
			AlarmName: &h.Name, AlarmType: &h.Kind, HistoryData: wire.Optional(shortened(h.Data, 4095)), HistoryItemType: &h.Item, HistorySummary: &h.Summary, Timestamp: &h.Time,
		})
	}
	if end < len(list) {
		out.NextToken = new(base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(end))))
	}
	return out
}

// forgetHistory drops what is old, in batches, and the account's newest are passed over.
func (s *Service) forgetHistory(w *service.Work) error {
	for {
		var old []*History
		err := s.Store.Read(w, func(tx store.Tx) error {
			old = nil
			for h, err := range histories.Each(tx, nil) {
				if err != nil {
					return err
				}
				if w.Time.Sub(h.Time) > keptHistory {
					if old = append(old, h); len(old) == 500 {
						return nil
					}
				}
			}
			return nil
		})
		if err != nil || len(old) == 0 {
			return err
		}
		err = s.write(w)(func(tx store.Tx) error {
			for _, h := range old {
				if err := histories.Delete(tx, histories.Key(h)); err != nil && !store.IsAbsent(err) {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
}

package logs

import (
	"bytes"
	"io"
	"strings"
	"time"

	api "vauban/api/logs"
	"vauban/api/s3"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Export is a task that writes events of a group into a bucket.
type Export struct {
	Account, Region string

	ID       string
	Name     string `json:",omitempty"`
	Group    string // name
	GroupID  string
	Streams  string `json:",omitempty"` // prefix of their names
	From, To int64  // milliseconds, the end exclusive
	Bucket   string
	Prefix   string

	Created   time.Time
	Completed time.Time `json:",omitzero"`
	Status    string
	Message   string `json:",omitempty"`
}

var exports = &store.Table[Export]{
	Name:   "logs.export",
	Key:    func(x *Export) store.Key { return store.K(x.Account, x.Region, -x.Created.UnixMilli(), x.ID) }, // the latest first
	Unique: map[string]func(*Export) store.Key{"id": func(x *Export) store.Key { return store.K(x.Account, x.Region, x.ID) }},
	Refs: map[string]func(*Export) []store.Key{"waiting": func(x *Export) []store.Key {
		if x.over() {
			return nil
		}
		return []store.Key{store.K("")}
	}},
}

func (x *Export) over() bool {
	return x.Status != api.ExportTaskStatusCodePending && x.Status != api.ExportTaskStatusCodeRunning && x.Status != api.ExportTaskStatusCodePendingCancel
}

func (s *Service) exportOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateExportTask, onGroup(s, func(in *api.CreateExportTaskInput) (a, b *string) { return in.LogGroupName, nil }), s.createExport),
		service.Writes(api.OpCancelExportTask, onAny[api.CancelExportTaskInput], s.cancelExport),
		service.Reads(api.OpDescribeExportTasks, onAny[api.DescribeExportTasksInput], s.describeExports),
	}
}

// createExport takes a task, after it has looked whether the bucket lets the service in. User Guide: "Export log data to Amazon S3".
func (s *Service) createExport(c *service.Call, in *api.CreateExportTaskInput) (*api.CreateExportTaskOutput, error) {
	g, err := s.standardGroup(c)
	if err != nil {
		return nil, err
	}
	if *in.From >= *in.To {
		return nil, invalid("The from time of the export must be before its to time.")
	}
	x := &Export{
		Account: c.Account, Region: c.Region, Name: wire.Text(in.TaskName), Group: g.Name, GroupID: g.ID, Streams: wire.Text(in.LogStreamNamePrefix), From: *in.From, To: *in.To,
		Bucket: *in.Destination, Prefix: strings.Trim(wire.Text(in.DestinationPrefix), "/"), Created: c.Time, Status: api.ExportTaskStatusCodePending,
	}
	if x.Prefix == "" {
		x.Prefix = "exportedlogs"
	}
	if x.ID, err = s.newUUID(); err != nil {
		return nil, err
	}
	if err := s.tryBucket(c, g, x); err != nil {
		return nil, err
	}
	return &api.CreateExportTaskOutput{TaskId: &x.ID}, c.Commit(func(tx store.Tx) error {
		for have, err := range exports.EachRef(tx, "waiting", store.K("")) {
			if err != nil {
				return err
			}
			if have.Account == c.Account && have.Region == c.Region {
				return api.LimitExceededException.New("Resource limit exceeded.")
			}
		}
		return exports.Insert(tx, x)
	})
}

func (s *Service) tryBucket(c *service.Call, g *Group, x *Export) error {
	_, err := c.Door.Call(c, asLogs(g), "s3", "GetBucketAcl", &s3.GetBucketAclInput{Bucket: &x.Bucket})
	switch {
	case codeOf(err) == "NoSuchBucket":
		return invalid("The given bucket does not exist. Please make sure the bucket is valid.").Because(err)
	case err != nil:
		return invalid("GetBucketAcl call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.").Because(err)
	}
	if err := s.putObject(c, c.Door, g, x, x.Prefix+"/aws-logs-write-test", []byte("Permission Check Successful")); err != nil {
		return invalid("PutObject call on the given bucket failed. Please check if CloudWatch Logs has been granted permission to perform this operation.").Because(err)
	}
	return nil
}

func codeOf(err error) string {
	if e, ok := asError(err); ok {
		return e.Shape.Code
	}
	return ""
}

// putObject writes an object as the service, on behalf of the group: the bucket's policy must let logs.REGION.amazonaws.com.
func (s *Service) putObject(c *service.Call, door service.Door, g *Group, x *Export, key string, body []byte) error {
	_, err := door.Call(service.Inner(c), asLogs(g), "s3", "PutObject", &s3.PutObjectInput{
		Bucket: &x.Bucket, Key: &key, ACL: new("bucket-owner-full-control"), ContentLength: new(int64(len(body))), Body: io.NopCloser(bytes.NewReader(body)),
	})
	return err
}

func (s *Service) cancelExport(c *service.Call, in *api.CancelExportTaskInput) (*api.CancelExportTaskOutput, error) {
	x, err := exports.ByUnique(c.Tx, "id", store.K(c.Account, c.Region, *in.TaskId))
	if store.IsAbsent(err) {
		return nil, api.ResourceNotFoundException.New("The specified export task does not exist.")
	}
	if err != nil {
		return nil, err
	}
	if x.over() {
		return nil, api.InvalidOperationException.New("The specified export task has already finished")
	}
	x.Status, x.Completed, x.Message = api.ExportTaskStatusCodeCancelled, c.Time, "Cancelled by user"
	return &api.CancelExportTaskOutput{}, exports.Update(c.Tx, x)
}

func (s *Service) describeExports(c *service.Call, in *api.DescribeExportTasksInput) (*api.DescribeExportTasksOutput, error) {
	p, err := s.pageOf(c, "exports", in.Limit, groupsDescribed, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeExportTasksOutput{ExportTasks: []api.ExportTask{}}
	out.NextToken, err = visit(s, c, p, exports, store.K(c.Account, c.Region), func(x *Export) (bool, error) {
		if in.TaskId != nil && *in.TaskId != x.ID || in.StatusCode != nil && *in.StatusCode != x.Status {
			return false, nil
		}
		t := api.ExportTask{
			TaskId: &x.ID, TaskName: wire.Optional(x.Name), LogGroupName: &x.Group, From: &x.From, To: &x.To, Destination: &x.Bucket, DestinationPrefix: &x.Prefix,
			Status: &api.ExportTaskStatus{Code: &x.Status, Message: wire.Optional(x.Message)}, ExecutionInfo: &api.ExportTaskExecutionInfo{CreationTime: new(x.Created.UnixMilli())},
		}
		if !x.Completed.IsZero() {
			t.ExecutionInfo.CompletionTime = new(x.Completed.UnixMilli())
		}
		out.ExportTasks = append(out.ExportTasks, t)
		return true, nil
	})
	return out, err
}

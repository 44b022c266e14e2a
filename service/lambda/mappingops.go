package lambda

import (
	"errors"
	"maps"
	"strconv"
	"strings"

	api "vauban/api/lambda"
	"vauban/api/sqs"
	"vauban/api/wire"
	"vauban/engine/arn"
	"vauban/engine/pattern"
	"vauban/service"
	"vauban/store"
)

func (s *Service) mappingOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpCreateEventSourceMapping, s.onNewMapping, s.createMapping),
		service.Acts(api.OpUpdateEventSourceMapping, onMappingUpdate, s.updateMapping),
		service.Writes(api.OpDeleteEventSourceMapping, func(c *service.Call, in *api.DeleteEventSourceMappingInput) ([]service.Question, error) {
			return onMapping(c, in.UUID)
		}, s.deleteMapping),
		service.Reads(api.OpGetEventSourceMapping, func(c *service.Call, in *api.GetEventSourceMappingInput) ([]service.Question, error) {
			return onMapping(c, in.UUID)
		}, s.getMapping),
		service.Reads(api.OpListEventSourceMappings, onAny[api.ListEventSourceMappingsInput], s.listMappings),
	}
}

func onMapping(c *service.Call, id *string) ([]service.Question, error) {
	m, err := mappings.Get(c.Tx, store.K(c.Account, c.Region, wire.Text(id)))
	if err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	if err != nil {
		m = nil
	}
	c.Found = m
	return []service.Question{askMapping(c, mappingARN(c.Account, c.Region, wire.Text(id)), m)}, nil
}

// onMappingUpdate asks about the function that the mapping has, and about the one that it is to have.
func onMappingUpdate(c *service.Call, in *api.UpdateEventSourceMappingInput) ([]service.Question, error) {
	qs, err := onMapping(c, in.UUID)
	if err != nil || in.FunctionName == nil {
		return qs, err
	}
	n, err := named(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	next := qs[0]
	next.Context = maps.Clone(next.Context)
	if next.Context == nil {
		next.Context = map[string][]string{}
	}
	next.Context["lambda:FunctionArn"] = []string{n.arn()}
	return append(qs, next), nil
}

func mappingFound(c *service.Call) (*Mapping, error) {
	m, _ := c.Found.(*Mapping)
	if m == nil {
		return nil, missing("The resource you requested does not exist.")
	}
	return m, nil
}

// mapped is the function of a new mapping, as the rule has found it.
func (s *Service) onNewMapping(c *service.Call, in *api.CreateEventSourceMappingInput) ([]service.Question, error) {
	n, err := named(c, in.FunctionName, nil)
	if err != nil {
		return nil, err
	}
	x, err := s.look(c.Tx, n, false)
	if err != nil {
		return nil, err
	}
	c.Found = x
	q := service.Question{Resource: "*", Context: map[string][]string{"lambda:FunctionArn": {n.arn()}}}
	service.RequestTags(q.Context, service.TagMap(in.Tags))
	return []service.Question{q}, nil
}

// refuseMapping names what is asked for and belongs to other sources, or is not built.
func refuseMapping(in *api.UpdateEventSourceMappingInput) error {
	switch {
	case in.DestinationConfig != nil && (in.DestinationConfig.OnFailure != nil || in.DestinationConfig.OnSuccess != nil):
		return invalid("Unsupported DestinationConfig parameter for given event source mapping type.")
	case in.AmazonManagedKafkaEventSourceConfig != nil, in.SelfManagedKafkaEventSourceConfig != nil, in.DocumentDBEventSourceConfig != nil, len(in.SourceAccessConfigurations) > 0:
		return unbuilt("An event source other than a queue of Amazon SQS")
	case in.BisectBatchOnFunctionError != nil && *in.BisectBatchOnFunctionError, in.MaximumRecordAgeInSeconds != nil, in.MaximumRetryAttempts != nil,
		in.ParallelizationFactor != nil, in.TumblingWindowInSeconds != nil && *in.TumblingWindowInSeconds > 0:
		return invalid("Unsupported parameter for given event source mapping type: it is one of streams.")
	case wire.Text(in.KMSKeyArn) != "":
		return unbuilt("KMSKeyArn of an event source mapping")
	case in.MetricsConfig != nil && len(in.MetricsConfig.Metrics) > 0:
		return unbuilt("MetricsConfig of an event source mapping")
	case in.ProvisionedPollerConfig != nil, in.LoggingConfig != nil:
		return unbuilt("ProvisionedPollerConfig or LoggingConfig of an event source mapping")
	}
	return nil
}

// apply puts what a call asks for into the mapping.
func (m *Mapping) apply(in *api.UpdateEventSourceMappingInput) error {
	if err := refuseMapping(in); err != nil {
		return err
	}
	fifo := strings.HasSuffix(m.Source, ".fifo")
	if in.BatchSize != nil {
		m.Batch = int(*in.BatchSize)
	}
	if in.MaximumBatchingWindowInSeconds != nil {
		m.Window = int(*in.MaximumBatchingWindowInSeconds)
	}
	switch {
	case m.Batch > 10 && fifo:
		return invalid("Batch size for FIFO queues cannot be greater than 10.")
	case m.Window > 0 && fifo:
		return invalid("Batching window is not supported for FIFO queues.")
	case m.Batch > 10 && m.Window == 0:
		return invalid("Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")
	}
	if in.Enabled != nil {
		m.Enabled = *in.Enabled
	}
	if in.FunctionResponseTypes != nil {
		m.Report = len(in.FunctionResponseTypes) > 0
	}
	if in.ScalingConfig != nil {
		m.Concurrency = 0
		if n := in.ScalingConfig.MaximumConcurrency; n != nil {
			m.Concurrency = int(*n)
		}
	}
	if in.FilterCriteria != nil {
		m.Filters = nil
		for _, f := range in.FilterCriteria.Filters {
			if _, err := pattern.Compile([]byte(wire.Text(f.Pattern))); err != nil {
				return invalid("Invalid filter pattern definition.").Because(err)
			}
			m.Filters = append(m.Filters, wire.Text(f.Pattern))
		}
		if len(m.Filters) > maxFilters {
			return invalid("An event source mapping has at most %d filters.", maxFilters)
		}
	}
	return nil
}

const maxFilters = 5

func (s *Service) createMapping(c *service.Call, in *api.CreateEventSourceMappingInput) (*api.CreateEventSourceMappingOutput, error) {
	x, _ := c.Found.(*subject)
	a, err := arn.Parse(wire.Text(in.EventSourceArn))
	switch {
	case x.function == nil || x.config == nil:
		return nil, invalid("Function does not exist")
	case in.EventSourceArn == nil && in.SelfManagedEventSource == nil:
		return nil, invalid("Unrecognized event source.")
	case err != nil, in.SelfManagedEventSource != nil, a.Service != "sqs":
		return nil, invalid("Unrecognized event source. Queues of Amazon SQS are the event sources of this version of Vauban.")
	case a.Region != c.Region:
		return nil, invalid("The queue must be in the function's region %s.", c.Region)
	case in.StartingPosition != nil:
		return nil, invalid("StartingPosition is not valid for SQS event sources.")
	case x.name.account != c.Account:
		return nil, invalid("Function does not exist")
	}
	m := &Mapping{Account: c.Account, Region: c.Region, Source: *in.EventSourceArn, Batch: 10, Enabled: true, Modified: c.Time}
	if m.ID, err = s.newUUID(); err != nil {
		return nil, err
	}
	m.aim(x)
	if m.Tags, err = withTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if err := m.apply(&api.UpdateEventSourceMappingInput{
		BatchSize: in.BatchSize, Enabled: in.Enabled, FilterCriteria: in.FilterCriteria, FunctionResponseTypes: in.FunctionResponseTypes, ScalingConfig: in.ScalingConfig,
		MaximumBatchingWindowInSeconds: in.MaximumBatchingWindowInSeconds, DestinationConfig: in.DestinationConfig, KMSKeyArn: in.KMSKeyArn, LoggingConfig: in.LoggingConfig,
		MetricsConfig: in.MetricsConfig, ProvisionedPollerConfig: in.ProvisionedPollerConfig, MaximumRecordAgeInSeconds: in.MaximumRecordAgeInSeconds,
		MaximumRetryAttempts: in.MaximumRetryAttempts, ParallelizationFactor: in.ParallelizationFactor, TumblingWindowInSeconds: in.TumblingWindowInSeconds,
		BisectBatchOnFunctionError: in.BisectBatchOnFunctionError, SourceAccessConfigurations: in.SourceAccessConfigurations,
		AmazonManagedKafkaEventSourceConfig: in.AmazonManagedKafkaEventSourceConfig, SelfManagedKafkaEventSourceConfig: in.SelfManagedKafkaEventSourceConfig,
		DocumentDBEventSourceConfig: in.DocumentDBEventSourceConfig,
	}); err != nil {
		return nil, err
	}
	if err := s.tryQueue(c, x, m); err != nil {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error {
		c.Record().Resources = []service.Resource{{ARN: m.arn(), Account: m.Account, Type: typeMapping}}
		other, err := mappings.ByUnique(tx, "pair", store.K(m.Account, m.Region, m.Source, m.Function))
		if err == nil {
			return conflict(`An event source mapping with SQS arn (" %s ") and function (" %s ") already exists. Please update or delete the existing mapping with UUID %s`, m.Source, m.Name, other.ID)
		}
		if !store.IsAbsent(err) {
			return err
		}
		return mappings.Insert(tx, m)
	})
	if err != nil {
		return nil, err
	}
	return (*api.CreateEventSourceMappingOutput)(m.shown()), nil
}

// aim makes a function the mapping's.
func (m *Mapping) aim(x *subject) {
	m.Function, m.Name, m.Qualifier = x.name.arn(), x.function.Name, x.name.qualifier
}

// tryQueue asks for the queue in the name of the execution role, which shall read it.
func (s *Service) tryQueue(c *service.Call, x *subject, m *Mapping) error {
	role, err := s.session(c, c.Door, x.function, x.config)
	if err != nil {
		return asLambda(err)
	}
	out, err := c.Door.Call(c, role.as, "sqs", "GetQueueAttributes", &sqs.GetQueueAttributesInput{
		QueueUrl: new(queueURL(m.Source)), AttributeNames: []string{sqs.QueueAttributeNameVisibilityTimeout},
	})
	var e *wire.Error
	switch {
	case is(err, sqs.QueueDoesNotExist):
		return invalid("Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error Message: The specified queue does not exist.").Because(err)
	case errors.As(err, &e) && !e.Shape.Fault:
		return invalid("The provided execution role does not have permissions to call ReceiveMessage on SQS. It needs sqs:ReceiveMessage, sqs:DeleteMessage and sqs:GetQueueAttributes; the last was refused: %s", e.Message).Because(err)
	case err != nil:
		return err
	}
	hidden, err := strconv.Atoi(out.(*sqs.GetQueueAttributesOutput).Attributes[sqs.QueueAttributeNameVisibilityTimeout])
	if err == nil && hidden < x.config.Timeout {
		return invalid("Queue visibility timeout: %d seconds is less than Function timeout: %d seconds", hidden, x.config.Timeout)
	}
	return nil
}

// queueURL is the address of the queue of an ARN, as SQS reads it.
func queueURL(text string) string {
	a, err := arn.Parse(text)
	if err != nil {
		return ""
	}
	return "https://sqs/" + a.Account + "/" + a.Resource
}

func (s *Service) updateMapping(c *service.Call, in *api.UpdateEventSourceMappingInput) (*api.UpdateEventSourceMappingOutput, error) {
	m, err := mappingFound(c)
	if err != nil {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error {
		if m, err = mappingFound(c); err != nil {
			return err
		}
		if in.FunctionName != nil {
			n, err := named(c, in.FunctionName, nil)
			if err != nil {
				return err
			}
			x, err := s.look(tx, n, false)
			if err != nil {
				return err
			}
			if x.function == nil || x.config == nil || n.account != c.Account {
				return invalid("Function does not exist")
			}
			m.aim(x)
		}
		if err := m.apply(in); err != nil {
			return err
		}
		m.Modified = c.Time
		return mappings.Update(tx, m)
	})
	if err != nil {
		return nil, err
	}
	return (*api.UpdateEventSourceMappingOutput)(m.shown()), nil
}

func (s *Service) deleteMapping(c *service.Call, in *api.DeleteEventSourceMappingInput) (*api.DeleteEventSourceMappingOutput, error) {
	m, err := mappingFound(c)
	if err != nil {
		return nil, err
	}
	out := m.shown()
	out.State = new(stateDeleting)
	return (*api.DeleteEventSourceMappingOutput)(out), mappings.Delete(c.Tx, mappings.Key(m))
}

func (s *Service) getMapping(c *service.Call, in *api.GetEventSourceMappingInput) (*api.GetEventSourceMappingOutput, error) {
	m, err := mappingFound(c)
	if err != nil {
		return nil, err
	}
	return (*api.GetEventSourceMappingOutput)(m.shown()), nil
}

func (s *Service) listMappings(c *service.Call, in *api.ListEventSourceMappingsInput) (*api.ListEventSourceMappingsOutput, error) {
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListEventSourceMappings", 100)
	if err != nil {
		return nil, err
	}
	var of *name
	if in.FunctionName != nil {
		n, err := named(c, in.FunctionName, nil)
		if err != nil {
			return nil, err
		}
		of = &n
	}
	out := &api.ListEventSourceMappingsOutput{EventSourceMappings: []api.EventSourceMappingConfiguration{}}
	out.NextMarker, err = visit(p, c.Tx, mappings, store.K(c.Account, c.Region), func(m *Mapping) bool {
		if in.EventSourceArn != nil && m.Source != *in.EventSourceArn || of != nil && (m.Name != of.function || of.qualifier != "" && m.Qualifier != of.qualifier) {
			return false
		}
		out.EventSourceMappings = append(out.EventSourceMappings, *m.shown())
		return true
	})
	return out, err
}

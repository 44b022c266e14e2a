package logs

import (
	api "vauban/api/logs"
	"vauban/service"
)

// emptyOperations list what cannot be made here, so that there is none: deliveries of other services, destinations, integrations,
// lookup tables, imports. The gateway refuses to make one.
func (s *Service) emptyOperations() []service.Row {
	return []service.Row{
		service.Reads(api.OpDescribeDestinations, onAny[api.DescribeDestinationsInput], none[api.DescribeDestinationsInput](api.DescribeDestinationsOutput{Destinations: []api.Destination{}})),
		service.Reads(api.OpDescribeDeliveries, onAny[api.DescribeDeliveriesInput], none[api.DescribeDeliveriesInput](api.DescribeDeliveriesOutput{Deliveries: []api.Delivery{}})),
		service.Reads(api.OpDescribeDeliverySources, onAny[api.DescribeDeliverySourcesInput], none[api.DescribeDeliverySourcesInput](api.DescribeDeliverySourcesOutput{DeliverySources: []api.DeliverySource{}})),
		service.Reads(api.OpDescribeDeliveryDestinations, onAny[api.DescribeDeliveryDestinationsInput], none[api.DescribeDeliveryDestinationsInput](api.DescribeDeliveryDestinationsOutput{DeliveryDestinations: []api.DeliveryDestination{}})),
		service.Reads(api.OpListIntegrations, onAny[api.ListIntegrationsInput], none[api.ListIntegrationsInput](api.ListIntegrationsOutput{IntegrationSummaries: []api.IntegrationSummary{}})),
		service.Reads(api.OpListScheduledQueries, onAny[api.ListScheduledQueriesInput], none[api.ListScheduledQueriesInput](api.ListScheduledQueriesOutput{ScheduledQueries: []api.ScheduledQuerySummary{}})),
		service.Reads(api.OpDescribeImportTasks, onAny[api.DescribeImportTasksInput], none[api.DescribeImportTasksInput](api.DescribeImportTasksOutput{Imports: []api.Import{}})),
		service.Reads(api.OpListSourcesForS3TableIntegration, onAny[api.ListSourcesForS3TableIntegrationInput], none[api.ListSourcesForS3TableIntegrationInput](api.ListSourcesForS3TableIntegrationOutput{Sources: []api.S3TableIntegrationSource{}})),
		service.Reads(api.OpListSyslogConfigurations, onAny[api.ListSyslogConfigurationsInput], none[api.ListSyslogConfigurationsInput](api.ListSyslogConfigurationsOutput{SyslogConfigurations: []api.SyslogConfiguration{}})),
		service.Reads(api.OpDescribeLookupTables, onAny[api.DescribeLookupTablesInput], none[api.DescribeLookupTablesInput](api.DescribeLookupTablesOutput{LookupTables: []api.LookupTable{}})),
	}
}

// none answers always the same.
func none[In, Out any](out Out) func(*service.Call, *In) (*Out, error) {
	return func(*service.Call, *In) (*Out, error) { return &out, nil }
}

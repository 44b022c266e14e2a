package lambda

import (
	api "vauban/api/lambda"
	"vauban/service"
)

func (s *Service) invokeLater(c *service.Call, x *subject, e *event) (*api.InvokeOutput, error) {
	return nil, unbuilt("InvocationType Event")
}

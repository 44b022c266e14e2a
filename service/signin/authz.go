package signin

import (
	api "vauban/api/signin"
	"vauban/service"
)

// endpointPolicy lets everybody try to sign in, from anywhere: who it is must still be proved.
const endpointPolicy = `{
	"Version": "2012-10-17",
	"Statement": [{"Sid": "AnybodyMayTry", "Effect": "Allow", "Principal": "*", "Action": "signin:ConsoleLogin", "Resource": "arn:aws:signin::*:console"}]
}`

// onConsole asks for the console of the account that unsigned calls act in: which account is claimed is not proved yet.
func (s *Service) onConsole(c *service.Call, in *api.ConsoleLoginInput) ([]service.Question, error) {
	return []service.Question{{Resource: "arn:" + s.Partition + ":signin::" + c.Account + ":console", Policy: s.policy}}, nil
}

package lambda_test

import (
	"testing"

	"vauban/server"
	"vauban/service/servicetest"
)

func TestConversations(t *testing.T) { servicetest.RunWith(t, server.Config{Sandbox: fake{}}) }

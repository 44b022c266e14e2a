package ssm_test

import (
	"testing"

	"vauban/service/servicetest"
)

func TestConversations(t *testing.T) { servicetest.Run(t) }

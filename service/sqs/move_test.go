package sqs

import (
	"context"
	"fmt"
	"testing"
	"time"

	api "vauban/api/sqs"
	"vauban/service"
	"vauban/store"
)

// TestMoveOnlyWhereAsked: a task that sends messages back to where they came from sends to no queue that nobody was asked about when it began.
func TestMoveOnlyWhereAsked(t *testing.T) {
	now := &clock{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	r := newReplica(t, onSQLite(t), now.Now)
	dead := r.queue(t, "dead", nil)
	redrive := fmt.Sprintf(`{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:%s:dead","maxReceiveCount":1}`, home)
	former := r.queue(t, "former", map[string]string{"RedrivePolicy": redrive})
	if _, err := r.send(former, "lost", "", ""); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := r.receive(former, 1, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	set := func(url, policy string) {
		must[api.SetQueueAttributesOutput](t)(call[api.SetQueueAttributesOutput](context.Background(), r, "SetQueueAttributes",
			&api.SetQueueAttributesInput{QueueUrl: &url, Attributes: map[string]string{"RedrivePolicy": policy}}))
	}
	set(former, "")
	r.queue(t, "present", map[string]string{"RedrivePolicy": redrive})
	for _, want := range []string{failed, completed} {
		source := new("arn:aws:sqs:us-east-1:" + home + ":dead")
		now.pass(time.Second)
		must[api.StartMessageMoveTaskOutput](t)(call[api.StartMessageMoveTaskOutput](context.Background(), r, "StartMessageMoveTask", &api.StartMessageMoveTaskInput{SourceArn: source}))
		for range 3 {
			if err := r.moveAll(&service.Work{Context: context.Background(), Check: func(store.Tx) error { return nil }}); err != nil {
				t.Fatal(err)
			}
		}
		list := must[api.ListMessageMoveTasksOutput](t)(call[api.ListMessageMoveTasksOutput](context.Background(), r, "ListMessageMoveTasks", &api.ListMessageMoveTasksInput{SourceArn: source}))
		if got := *list.Results[0].Status; got != want {
			t.Fatalf("the task is %s (%v), want %s", got, list.Results[0].FailureReason, want)
		}
		where := dead
		if want == completed {
			where = former
		}
		got, err := r.receive(where, 1, 0, 0)
		if err != nil || len(got) != 1 || *got[0].Body != "lost" {
			t.Fatalf("%s: the queue %s has %v (%v)", want, where, got, err)
		}
		set(former, redrive) // now it is asked about
	}
}

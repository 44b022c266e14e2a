package main

import "fmt"

// definition is a policy that every engine can be told.
type definition struct{ statements []statement }

type statement struct {
	actions   []string // without wildcards, as cedar wants
	resources []string // with * at the end or inside
}

type request struct {
	action, resource string
	allowed          bool
}

const account = "111111111111"

var services = []string{"s3", "sqs", "sns", "kms", "iam", "ec2", "logs", "lambda", "events", "dynamodb"}

func workload(n int) ([]definition, []request) {
	out := make([]definition, n)
	for i := range out {
		s := services[i%len(services)]
		arn := fmt.Sprintf("arn:aws:%s:us-east-1:%s:", s, account)
		out[i].statements = []statement{
			{[]string{s + ":GetThing", s + ":ListThings"}, []string{fmt.Sprintf("%sread-%d/*", arn, i), fmt.Sprintf("%sread-%d-logs/*", arn, i), fmt.Sprintf("%sread-%d-*/public/*", arn, i)}},
			{[]string{s + ":PutThing", s + ":DeleteThing"}, []string{fmt.Sprintf("%swrite-%d/*", arn, i), fmt.Sprintf("%swrite-%d-logs/*", arn, i), fmt.Sprintf("%swrite-%d-*/public/*", arn, i)}},
		}
	}
	requests := make([]request, 256)
	for i := range requests {
		p := i * 7919 % n
		s := services[p%len(services)]
		arn := fmt.Sprintf("arn:aws:%s:us-east-1:%s:", s, account)
		requests[i] = request{s + ":GetThing", fmt.Sprintf("%sread-%d-x/public/item", arn, p), true}
		if i%2 == 1 {
			requests[i] = request{s + ":GetThing", fmt.Sprintf("%swrite-%d/item", arn, p), false}
		}
	}
	return out, requests
}

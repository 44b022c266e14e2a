package ssm

// ownedTexts are the documents that Amazon has under these names, written anew from what they are documented to do: parameters and effects are
// theirs, the texts are ours. Systems Manager Automation runbook reference.
func ownedTexts() map[string]string {
	return map[string]string{
		"AWS-PublishSNSNotification": publishNotification,
	}
}

const publishNotification = `description: Publish a message to an SNS topic.
schemaVersion: '0.3'
assumeRole: '{{ AutomationAssumeRole }}'
parameters:
  TopicArn:
    type: String
    description: ARN of the topic.
    allowedPattern: arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:.+
  Message:
    type: String
    description: The text.
  AutomationAssumeRole:
    type: String
    description: Role that publishes. Without one you do, with your own permissions.
    default: ''
mainSteps:
  - name: PublishSNSNotification
    action: aws:executeAwsApi
    inputs:
      Service: sns
      Api: Publish
      TopicArn: '{{ TopicArn }}'
      Message: '{{ Message }}'
    outputs:
      - Name: MessageId
        Selector: $.MessageId
        Type: String
    isEnd: true
outputs:
  - PublishSNSNotification.MessageId
`

package escalation

const (
	newInstance = "arn:aws:ec2:{region}:{account}:instance/{name}"
	newFunction = "arn:aws:lambda:{region}:{account}:function:{name}"
	newProfile  = "arn:aws:iam::{account}:instance-profile/{name}"
	newCluster  = "arn:aws:ecs:{region}:{account}:cluster/{name}"
	newTaskDef  = "arn:aws:ecs:{region}:{account}:task-definition/{name}:*"
	newService  = "arn:aws:ecs:{region}:{account}:service/{name}"
)

// launch is what ec2:RunInstances asks for. AWS documentation: "Example policies to control access to the Amazon EC2 API", launch instances.
func launch() []string {
	return []string{"ec2:RunInstances " + newInstance, "ec2:RunInstances arn:aws:ec2:{region}::image/{name}",
		"ec2:RunInstances arn:aws:ec2:{region}:{account}:network-interface/{name}", "ec2:RunInstances arn:aws:ec2:{region}:{account}:security-group/{name}",
		"ec2:RunInstances arn:aws:ec2:{region}:{account}:subnet/{name}", "ec2:RunInstances arn:aws:ec2:{region}:{account}:volume/{name}"}
}

// pass puts iam:PassRole before the other needs.
func pass(texts ...string) []Need { return append(need("iam:PassRole target"), need(texts...)...) }

// passRows start compute that runs code of the principal's own with an existing role.
func passRows() []Row {
	const ec2, lambda, tasks, glue = "ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "glue.amazonaws.com"
	profile := []string{"iam:CreateInstanceProfile " + newProfile, "iam:AddRoleToInstanceProfile " + newProfile}
	return []Row{
		{Needs: pass(launch()...), Kind: Pass, Service: ec2, Where: where(HasProfile), Text: "a new instance runs with the role"},
		{Needs: pass(append(profile, launch()...)...), Kind: Pass, Service: ec2, Where: where(NoProfile), Text: "a new instance profile takes the role, and a new instance runs with it"},
		{Needs: pass("ec2:RequestSpotInstances arn:aws:ec2:{region}:{account}:spot-instances-request/{name}"), Kind: Pass, Service: ec2, Where: where(HasProfile), Text: "a new spot instance runs with the role"},
		{Needs: pass("autoscaling:CreateLaunchConfiguration arn:aws:autoscaling:{region}:{account}:launchConfiguration:*:launchConfigurationName/{name}", "autoscaling:CreateAutoScalingGroup arn:aws:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}"),
			Kind: Pass, Service: ec2, Where: where(HasProfile), Text: "the instances of a new Auto Scaling group run with the role"},
		{Needs: pass("ec2:AssociateIamInstanceProfile compute"), Kind: Pass, Service: ec2, Compute: "ec2:instance", Where: where(HasProfile), Text: "an instance that is there gets the role"},
		{Needs: pass("lambda:CreateFunction "+newFunction, "lambda:InvokeFunction "+newFunction), Kind: Pass, Service: lambda, Text: "a new function runs with the role and is invoked"},
		{Needs: pass("lambda:CreateFunction "+newFunction, "lambda:CreateEventSourceMapping *"), Kind: Pass, Service: lambda, Text: "a new function runs with the role when an event source has something for it"},
		{Needs: pass("lambda:CreateFunction "+newFunction, "lambda:AddPermission "+newFunction), Kind: Pass, Service: lambda, Text: "a new function runs with the role, and whom its policy names may invoke it"},
		{Needs: pass("lambda:CreateFunction "+newFunction, "lambda:CreateFunctionUrlConfig "+newFunction), Kind: Pass, Service: lambda, Text: "a new function runs with the role when its URL is called"},
		{Needs: pass("lambda:UpdateFunctionConfiguration compute", "lambda:UpdateFunctionCode compute", "lambda:InvokeFunction compute"), Kind: Pass, Service: lambda, Compute: "lambda:function", Text: "a function that is there gets the role and other code, and is invoked"},
		{Needs: pass("ecs:RegisterTaskDefinition "+newTaskDef, "ecs:RunTask "+newTaskDef), Kind: Pass, Service: tasks, Compute: "ecs:cluster", Text: "a new task runs with the role on a cluster that is there"},
		{Needs: pass("ecs:RegisterTaskDefinition "+newTaskDef, "ecs:CreateService "+newService), Kind: Pass, Service: tasks, Compute: "ecs:cluster", Text: "the tasks of a new service run with the role on a cluster that is there"},
		{Needs: pass("ecs:RegisterTaskDefinition "+newTaskDef, "ecs:StartTask "+newTaskDef), Kind: Pass, Service: tasks, Compute: "ecs:container-instance", Text: "a new task runs with the role on a container instance that is there"},
		{Needs: pass("ecs:CreateCluster "+newCluster, "ecs:RegisterTaskDefinition "+newTaskDef, "ecs:RunTask "+newTaskDef), Kind: Pass, Service: tasks, Text: "a new task runs with the role on a new cluster"},
		{Needs: pass("ecs:CreateCluster "+newCluster, "ecs:RegisterTaskDefinition "+newTaskDef, "ecs:CreateService "+newService), Kind: Pass, Service: tasks, Text: "the tasks of a new service run with the role on a new cluster"},
		{Needs: pass("batch:RegisterJobDefinition arn:aws:batch:{region}:{account}:job-definition/{name}", "batch:SubmitJob arn:aws:batch:{region}:{account}:job-definition/{name}", "batch:SubmitJob compute"), Kind: Pass, Service: tasks, Compute: "batch:job-queue", Text: "a new batch job runs with the role"},
		{Needs: pass("glue:CreateDevEndpoint *"), Kind: Pass, Service: glue, Text: "a new development endpoint has the role"},
		{Needs: pass("glue:CreateJob arn:aws:glue:{region}:{account}:job/{name}", "glue:StartJobRun arn:aws:glue:{region}:{account}:job/{name}"), Kind: Pass, Service: glue, Text: "a new job runs with the role"},
		{Needs: pass("glue:CreateJob arn:aws:glue:{region}:{account}:job/{name}", "glue:CreateTrigger arn:aws:glue:{region}:{account}:trigger/{name}"), Kind: Pass, Service: glue, Text: "a new trigger starts a new job with the role"},
		{Needs: pass("glue:CreateSession arn:aws:glue:{region}:{account}:session/{name}", "glue:RunStatement arn:aws:glue:{region}:{account}:session/{name}"), Kind: Pass, Service: glue, Text: "a new interactive session runs with the role"},
		{Needs: pass("glue:UpdateJob compute", "glue:StartJobRun compute"), Kind: Pass, Service: glue, Compute: "glue:job", Text: "a job that is there gets the role and another script"},
		{Needs: pass("glue:UpdateJob compute", "glue:CreateTrigger arn:aws:glue:{region}:{account}:trigger/{name}"), Kind: Pass, Service: glue, Compute: "glue:job", Text: "a job that is there gets the role and another script, and a trigger starts it"},
	}
}

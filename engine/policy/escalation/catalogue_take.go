package escalation

// takeRows take over something that runs with a role already.
func takeRows() []Row {
	const ec2, lambda, tasks = "ec2.amazonaws.com", "lambda.amazonaws.com", "ecs-tasks.amazonaws.com"
	return []Row{
		{Needs: need("ssm:SendCommand compute", "ssm:SendCommand arn:aws:ssm:{region}::document/AWS-RunShellScript"), Kind: Take, Service: ec2, Compute: "ec2:instance", Text: "a command runs on the instance, which hands out the role's credentials"},
		{Needs: need("ssm:StartSession compute"), Kind: Take, Service: ec2, Compute: "ec2:instance", Text: "a shell on the instance, which hands out the role's credentials"},
		{Needs: need("ec2:StopInstances compute", "ec2:ModifyInstanceAttribute compute", "ec2:StartInstances compute"), Kind: Take, Service: ec2, Compute: "ec2:instance", Text: "the instance starts again with other user data, which runs with the role"},
		{Needs: need("ec2-instance-connect:SendSSHPublicKey compute"), Kind: Take, Service: ec2, Compute: "ec2:instance", Text: "a key of the principal's own opens a shell on the instance"},
		{Needs: need("ec2-instance-connect:SendSerialConsoleSSHPublicKey compute"), Kind: Take, Service: ec2, Compute: "ec2:instance", Text: "a key of the principal's own opens the instance's serial console"},
		{Needs: need("ec2:CreateLaunchTemplateVersion compute", "ec2:ModifyLaunchTemplate compute"), Kind: Take, Service: ec2, Compute: "ec2:launch-template", Text: "the next instances from the template start with other user data"},
		{Needs: need("lambda:UpdateFunctionCode compute", "lambda:InvokeFunction compute"), Kind: Take, Service: lambda, Compute: "lambda:function", Text: "the function gets other code and is invoked"},
		{Needs: need("lambda:UpdateFunctionCode compute", "lambda:AddPermission compute"), Kind: Take, Service: lambda, Compute: "lambda:function", Text: "the function gets other code, and whom its policy names may invoke it"},
		{Needs: need("lambda:UpdateFunctionCode compute"), Kind: Take, Service: lambda, Compute: "lambda:function", Text: "the function gets other code, which runs when the function is next invoked"},
		{Needs: need("lambda:UpdateFunctionConfiguration compute"), Kind: Take, Service: lambda, Compute: "lambda:function", Text: "the function gets a layer that runs code of the principal's own"},
		{Needs: need("ecs:ExecuteCommand compute"), Kind: Take, Service: tasks, Compute: "ecs:task", Text: "a command runs in the task's container"},
		{Needs: need("codebuild:StartBuild compute"), Kind: Take, Service: "codebuild.amazonaws.com", Compute: "codebuild:project", Text: "a build with commands of the principal's own"},
		{Needs: need("codebuild:StartBuildBatch compute"), Kind: Take, Service: "codebuild.amazonaws.com", Compute: "codebuild:project", Text: "a batch of builds with commands of the principal's own"},
		{Needs: need("cloudformation:UpdateStack compute"), Kind: Take, Service: "cloudformation.amazonaws.com", Compute: "cloudformation:stack", Text: "the stack is updated with its role by another template"},
		{Needs: need("cloudformation:CreateChangeSet compute", "cloudformation:ExecuteChangeSet compute"), Kind: Take, Service: "cloudformation.amazonaws.com", Compute: "cloudformation:stack", Text: "a change set with another template is executed with the stack's role"},
		{Needs: need("glue:UpdateDevEndpoint compute"), Kind: Take, Service: "glue.amazonaws.com", Compute: "glue:devEndpoint", Text: "a key of the principal's own opens a shell on the endpoint"},
		{Needs: need("glue:UpdateJob compute", "glue:StartJobRun compute"), Kind: Take, Service: "glue.amazonaws.com", Compute: "glue:job", Text: "the job runs another script"},
		{Needs: need("sagemaker:CreatePresignedNotebookInstanceUrl compute"), Kind: Take, Service: "sagemaker.amazonaws.com", Compute: "sagemaker:notebook-instance", Text: "the notebook is opened"},
		{Needs: need("sagemaker:CreateNotebookInstanceLifecycleConfig arn:aws:sagemaker:{region}:{account}:notebook-instance-lifecycle-config/{name}", "sagemaker:StopNotebookInstance compute", "sagemaker:UpdateNotebookInstance compute", "sagemaker:StartNotebookInstance compute"),
			Kind: Take, Service: "sagemaker.amazonaws.com", Compute: "sagemaker:notebook-instance", Text: "the notebook starts again with a script of the principal's own"},
		{Needs: need("apprunner:UpdateService compute"), Kind: Take, Service: "tasks.apprunner.amazonaws.com", Compute: "apprunner:service", Text: "the service runs another image"},
		{Needs: need("bedrock-agentcore:StartCodeInterpreterSession compute", "bedrock-agentcore:InvokeCodeInterpreter compute"), Kind: Take, Service: "bedrock-agentcore.amazonaws.com", Compute: "bedrock-agentcore:code-interpreter-custom", Text: "the code interpreter runs code of the principal's own"},
		{Needs: need("states:UpdateStateMachine compute", "states:StartExecution compute"), Kind: Take, Service: "states.amazonaws.com", Compute: "states:stateMachine", Text: "the state machine makes other calls"},
		{Needs: need("codedeploy:RegisterApplicationRevision arn:aws:codedeploy:{region}:{account}:application:{name}", "codedeploy:GetDeploymentConfig arn:aws:codedeploy:{region}:{account}:deploymentconfig:{name}", "codedeploy:CreateDeployment compute"), Kind: Take, Service: ec2, Compute: "codedeploy:deploymentgroup", Text: "a deployment runs scripts of the principal's own on the group's instances"},
	}
}

package escalation

// serviceRows hand an existing role to a service that acts on the principal's orders.
func serviceRows() []Row {
	const (
		formation  = "cloudformation.amazonaws.com"
		stack      = "arn:aws:cloudformation:{region}:{account}:stack/{name}/*"
		stackSet   = "arn:aws:cloudformation:{region}:{account}:stackset/{name}:*"
		build      = "codebuild.amazonaws.com"
		project    = "arn:aws:codebuild:{region}:{account}:project/{name}"
		sage       = "sagemaker.amazonaws.com"
		sageARN    = " arn:aws:sagemaker:{region}:{account}:"
		core       = "bedrock-agentcore.amazonaws.com"
		coreARN    = " arn:aws:bedrock-agentcore:{region}:{account}:"
		machine    = "arn:aws:states:{region}:{account}:stateMachine:{name}"
		serverless = "arn:aws:emr-serverless:{region}:{account}:/applications/{name}"
		analytics  = "arn:aws:kinesisanalytics:{region}:{account}:application/{name}"
	)
	return []Row{
		{Needs: pass("cloudformation:CreateStack " + stack), Kind: Pass, Service: formation, Text: "a new stack is made with the role"},
		{Needs: pass("cloudformation:UpdateStack compute"), Kind: Pass, Service: formation, Compute: "cloudformation:stack", Text: "a stack that is there is updated with the role"},
		{Needs: pass("cloudformation:CreateChangeSet "+stack, "cloudformation:ExecuteChangeSet "+stack), Kind: Pass, Service: formation, Text: "a new change set is executed with the role"},
		{Needs: pass("cloudformation:CreateStackSet *", "cloudformation:CreateStackInstances "+stackSet), Kind: Pass, Service: formation, Text: "a new stack set is made with the role"},
		{Needs: pass("cloudformation:UpdateStackSet compute"), Kind: Pass, Service: formation, Compute: "cloudformation:stackset", Text: "a stack set that is there is updated with the role"},
		{Needs: pass("codebuild:CreateProject "+project, "codebuild:StartBuild "+project), Kind: Pass, Service: build, Text: "a new project builds with the role"},
		{Needs: pass("codebuild:CreateProject "+project, "codebuild:StartBuildBatch "+project), Kind: Pass, Service: build, Text: "a new project builds in batches with the role"},
		{Needs: pass("codebuild:UpdateProject compute", "codebuild:StartBuild compute"), Kind: Pass, Service: build, Compute: "codebuild:project", Text: "a project that is there gets the role and other build commands"},
		{Needs: pass("datapipeline:CreatePipeline *", "datapipeline:PutPipelineDefinition arn:aws:datapipeline:{region}:{account}:pipeline/{name}", "datapipeline:ActivatePipeline arn:aws:datapipeline:{region}:{account}:pipeline/{name}"), Kind: Pass, Service: "datapipeline.amazonaws.com", Text: "a new pipeline works with the role"},
		{Needs: pass("sagemaker:CreateNotebookInstance"+sageARN+"notebook-instance/{name}", "sagemaker:CreatePresignedNotebookInstanceUrl"+sageARN+"notebook-instance/{name}"), Kind: Pass, Service: sage, Text: "a new notebook has the role"},
		{Needs: pass("sagemaker:CreateTrainingJob" + sageARN + "training-job/{name}"), Kind: Pass, Service: sage, Text: "a new training job runs with the role"},
		{Needs: pass("sagemaker:CreateProcessingJob" + sageARN + "processing-job/{name}"), Kind: Pass, Service: sage, Text: "a new processing job runs with the role"},
		{Needs: pass("bedrock-agentcore:CreateCodeInterpreter *", "bedrock-agentcore:StartCodeInterpreterSession"+coreARN+"code-interpreter-custom/{name}", "bedrock-agentcore:InvokeCodeInterpreter"+coreARN+"code-interpreter-custom/{name}"),
			Kind: Pass, Service: core, Text: "a new code interpreter runs code with the role"},
		{Needs: pass("bedrock-agentcore:CreateAgentRuntime *", "bedrock-agentcore:InvokeAgentRuntime"+coreARN+"runtime/{name}"), Kind: Pass, Service: core, Text: "a new agent runs with the role"},
		{Needs: pass("states:CreateStateMachine "+machine, "states:StartExecution "+machine), Kind: Pass, Service: "states.amazonaws.com", Text: "a new state machine makes calls with the role"},
		{Needs: pass("states:UpdateStateMachine compute", "states:StartExecution compute"), Kind: Pass, Service: "states.amazonaws.com", Compute: "states:stateMachine", Text: "a state machine that is there gets the role and other calls to make"},
		{Needs: pass("apprunner:CreateService arn:aws:apprunner:{region}:{account}:service/{name}/*"), Kind: Pass, Service: "tasks.apprunner.amazonaws.com", Text: "a new App Runner service runs with the role"},
		{Needs: pass("elasticmapreduce:RunJobFlow *"), Kind: Pass, Service: "ec2.amazonaws.com", Where: where(HasProfile), Text: "the instances of a new EMR cluster run with the role"},
		{Needs: pass("emr-serverless:CreateApplication *", "emr-serverless:StartApplication "+serverless, "emr-serverless:StartJobRun "+serverless), Kind: Pass, Service: "emr-serverless.amazonaws.com", Text: "a new EMR Serverless job runs with the role"},
		{Needs: pass("ssm:StartAutomationExecution arn:aws:ssm:{region}:{account}:automation-execution/{name}", "ssm:StartAutomationExecution arn:aws:ssm:{region}:{account}:document/{name}"), Kind: Pass, Service: "ssm.amazonaws.com", Text: "an automation makes calls with the role"},
		{Needs: pass("ssm:CreateActivation *"), Kind: Pass, Service: "ssm.amazonaws.com", Text: "a machine of the principal's own is registered with the role"},
		{Needs: pass("scheduler:CreateSchedule arn:aws:scheduler:{region}:{account}:schedule/*/{name}"), Kind: Pass, Service: "scheduler.amazonaws.com", Text: "a new schedule makes a call with the role"},
		{Needs: pass("braket:CreateJob arn:aws:braket:{region}:{account}:job/{name}"), Kind: Pass, Service: "braket.amazonaws.com", Text: "a new hybrid job runs with the role"},
		{Needs: pass("omics:CreateWorkflow *", "omics:StartRun arn:aws:omics:{region}:{account}:run/{name}"), Kind: Pass, Service: "omics.amazonaws.com", Text: "a new workflow runs with the role"},
		{Needs: pass("kinesisanalytics:CreateApplication *", "kinesisanalytics:StartApplication "+analytics), Kind: Pass, Service: "kinesisanalytics.amazonaws.com", Text: "a new application runs with the role"},
		{Needs: pass("gamelift:CreateBuild *", "gamelift:RequestUploadCredentials arn:aws:gamelift:{region}:{account}:build/{name}", "gamelift:CreateFleet *"), Kind: Pass, Service: "gamelift.amazonaws.com", Text: "a game server of the principal's own runs with the role"},
		{Needs: pass("imagebuilder:CreateComponent arn:aws:imagebuilder:{region}:{account}:component/{name}/*", "imagebuilder:CreateImageRecipe arn:aws:imagebuilder:{region}:{account}:image-recipe/{name}/*",
			"imagebuilder:CreateInfrastructureConfiguration arn:aws:imagebuilder:{region}:{account}:infrastructure-configuration/{name}", "imagebuilder:CreateImage arn:aws:imagebuilder:{region}:{account}:image/{name}/*"),
			Kind: Pass, Service: "ec2.amazonaws.com", Where: where(HasProfile), Text: "an image is built on an instance with the role"},
	}
}

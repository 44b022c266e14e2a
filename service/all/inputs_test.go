package all_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"reflect"
	"strings"
	"sync"
	"time"
)

const (
	trailARN  = "arn:aws:cloudtrail:us-east-1:" + home + ":trail/audit"
	anyPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:GetUser","Resource":"*"}]}`
	anyTrust  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:AssumeRole","sts:TagSession"],"Principal":{"AWS":"` + home + `"}}]}`
)

// usual are the values of members, by their name or by operation and name. Names are in other letters than the things have.
func usual() map[string]any {
	cert, key := certificate()
	metadata, _ := os.ReadFile("../iam/testdata/saml-metadata.xml")
	return map[string]any{
		"UserName": "bOB", "GroupName": "dEVS", "RoleName": "wORKER", "InstanceProfileName": "pROFILE", "ServerCertificateName": "cERT",
		"PolicyArn": arnOf("policy"), "PermissionsBoundary": arnOf("policy"), "SerialNumber": arnOf("mfa"), "SAMLProviderArn": arnOf("saml-provider"),
		"OpenIDConnectProviderArn": arnOf("oidc-provider"), "Arn": arnOf("user"), "PolicySourceArn": arnOf("user"), "CallerArn": arnOf("user"),
		"PolicyName": "inline", "PolicyDocument": anyPolicy, "AssumeRolePolicyDocument": anyTrust, "UpdateAssumeRolePolicy.PolicyDocument": anyTrust,
		"NewUserName": "Robert", "NewGroupName": "Builders", "NewServerCertificateName": "Other", "NewPath": "/moved/", "Path": "/team/", "PathPrefix": "/team/",
		"Tags": someTags, "TagKeys": []string{"Stage"}, "Key": "Stage", "Value": "Dev",
		"AWSServiceName": "guardduty.amazonaws.com", "ServiceName": "bedrock.amazonaws.com", "CredentialAgeDays": int64(30),
		"DeletionTaskId": "task/aws-service-role/guardduty.amazonaws.com/AWSServiceRoleForAmazonGuardDuty/0b9d0a5c-1111-4222-8333-444455556666",
		"Url":            "https://id.example.com", "Name": "Idp", "VirtualMFADeviceName": "Phone", "AccountAlias": "alias", "ClientID": "client",
		"ClientIDList": []string{"client"}, "ThumbprintList": []string{"0123456789012345678901234567890123456789"},
		"AuthenticationCode1": "123456", "AuthenticationCode2": "654321", "TokenCode": "123456", "AccessKeyId": "AKIAIOSFODNN7EXAMPLE",
		"ServiceSpecificCredentialId": "ACCAEXAMPLEEXAMPLE123", "SSHPublicKeyId": "APKAEXAMPLEEXAMPLE123", "CertificateId": "CERTIFICATEEXAMPLE1234567",
		"JobId": "0b9d0a5c-1111-4222-8333-444455556666", "VersionId": "v1", "Status": "Active", "Encoding": "SSH", "EntityFilter": "User",
		"PolicyUsageFilter": "PermissionsPolicy", "Scope": "Local", "Filter": []string{"User"}, "AssignmentStatus": "Any", "Granularity": "ACTION_LEVEL",
		"GlobalEndpointTokenVersion": "v2Token", "AssertionEncryptionMode": "Allowed", "CertificateBody": cert, "CertificateChain": cert, "PrivateKey": key,
		"AddPrivateKey": key, "RemovePrivateKey": "SAMLPKEXAMPLEEXAMPLE123", "SAMLMetadataDocument": string(metadata), "SSHPublicKeyBody": "ssh-rsa AAAA",
		"Password": "correct horse", "NewPassword": "battery Staple", "OldPassword": "correct horse", "MaxSessionDuration": int64(3600), "MaxPasswordAge": int64(90),
		"MinimumPasswordLength": int64(8), "PasswordReusePrevention": int64(3), "Marker": base64.RawURLEncoding.EncodeToString([]byte("\x00\xff")), "MaxItems": int64(7),
		"ActionNames": []string{"iam:GetUser"}, "ResourceArns": []string{"*"}, "ResourceOwner": "arn:aws:iam::" + home + ":root", "ResourcePolicy": anyPolicy,
		"PolicyInputList": []string{anyPolicy}, "PermissionsBoundaryPolicyInputList": []string{anyPolicy}, "ServiceNamespace": "iam",
		"ServiceNamespaces": []string{"iam"}, "ContextKeyName": "aws:username", "ContextKeyType": "string", "ContextKeyValues": []string{"x"},
		"TargetPrincipal": home, "AssumeRoot.Arn": "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials",
		"RoleArn": arnOf("role"), "RoleSessionName": "session", "ExternalId": "external", "SourceIdentity": "source", "Policy": anyPolicy,
		"DurationSeconds": int64(900), "TransitiveTagKeys": []string{"Stage"}, "EncodedMessage": "message", "GetFederationToken.Name": "guest",
		"AttributeKey": "EventName", "AttributeValue": "CreateUser", "EventCategory": "insight", "MaxResults": int64(5),
		"CreateTrail.Name": "another", "S3BucketName": "logs", "S3KeyPrefix": "prefix", "TrailName": "audit", "ResourceId": trailARN, "ResourceIdList": []string{trailARN},
		"ReadWriteType": "All", "MemberAccountId": elsewhere, "DelegatedAdminAccountId": elsewhere, "UpdateTrail.Name": "audit", "DeleteTrail.Name": "audit",
		"GetTrail.Name": "audit", "GetTrailStatus.Name": "audit", "StartLogging.Name": "audit", "StopLogging.Name": "audit",
		"CreateEventDataStore.Name": "another", "UpdateEventDataStore.Name": "other", "BillingMode": "EXTENDABLE_RETENTION_PRICING", "RetentionPeriod": int64(30),
		"EventDataStoreOwnerAccountId": home, "QueryAlias": "template", "DeliveryS3Uri": "s3://results/lake", "RefreshId": "1234567890", "QueryStatus": "FINISHED",
		"InsightType": "ApiCallRateInsight", "EventCategories": []string{"Management"}, "NextToken": "bm9uZQ",
		"Account": home, "User": "Bob", "MFACode": "123456", "LoginTo": "/console", "ResourceHandlingOption": "EC2-VPC-InstanceStore",
	}
}

var usualOnce = sync.OnceValue(usual)

// fill gives every member of an input a value.
func fill(v reflect.Value, op string, own map[string]any) {
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Name
		if x, ok := own[name]; ok {
			set(f, x)
		} else if x, ok := usualOnce()[op+"."+name]; ok {
			set(f, x)
		} else if x, ok := usualOnce()[name]; ok {
			set(f, x)
		} else {
			blank(f, op, own)
		}
	}
}

// set gives a member a value of its type; one that does not fit stays away.
func set(f reflect.Value, x any) {
	v := reflect.ValueOf(x)
	if f.Kind() == reflect.Pointer && v.Kind() != reflect.Pointer && v.Type().AssignableTo(f.Type().Elem()) {
		f.Set(reflect.New(f.Type().Elem()))
		f.Elem().Set(v)
	} else if v.Type().AssignableTo(f.Type()) {
		f.Set(v)
	} else {
		blank(f, "", nil)
	}
}

// excluded are members that do not go with the others of an input: another resource, what is refused, and a union.
func excluded(op string) []string {
	list := []string{"AllUsers", "ProvidedContexts", "PolicyExclusionList"}
	switch op {
	case "StartQuery", "DescribeQuery":
		list = append(list, "QueryAlias", "QueryParameters", "DeliveryS3Uri", "RefreshId")
	case "PutInsightSelectors", "GetInsightSelectors":
		list = append(list, "EventDataStore", "InsightsDestination")
	}
	return list
}

// blank is a value for which there is no usual one.
func blank(f reflect.Value, op string, own map[string]any) {
	switch {
	case f.Kind() == reflect.Pointer && f.Type().Elem() == reflect.TypeFor[time.Time]():
		f.Set(reflect.ValueOf(new(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))))
	case f.Kind() == reflect.Pointer:
		f.Set(reflect.New(f.Type().Elem()))
		blank(f.Elem(), op, own)
	case f.Kind() == reflect.Struct && f.Type() != reflect.TypeFor[time.Time]():
		fill(f, op, own)
	case f.Kind() == reflect.Slice:
		f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		blank(f.Index(0), op, own)
	case f.Kind() == reflect.String:
		f.SetString("x")
	case f.CanInt():
		f.SetInt(1)
	case f.Kind() == reflect.Bool:
		f.SetBool(true)
	}
}

// certificate is a self-signed certificate with its key, in PEM.
func certificate() (cert, key string) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"}, NotAfter: time.Date(2036, 1, 1, 0, 0, 0, 0, time.UTC)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	if err != nil {
		panic(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(k)
	if err != nil {
		panic(err)
	}
	text := func(kind string, der []byte) string {
		var b bytes.Buffer
		_ = pem.Encode(&b, &pem.Block{Type: kind, Bytes: der})
		return strings.TrimSpace(b.String())
	}
	return text("CERTIFICATE", der), text("EC PRIVATE KEY", keyDER)
}

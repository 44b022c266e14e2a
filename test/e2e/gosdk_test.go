package e2e

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"crypto/tls"
	"crypto/x509"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	cttypes "github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// sdk is the configuration of the Go SDK for the server.
func (s *running) sdk(t testing.TB, creds aws.CredentialsProvider) aws.Config {
	t.Helper()
	pem, err := os.ReadFile(s.ca)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	if creds == nil {
		creds = credentials.NewStaticCredentialsProvider(s.key, s.secret, "")
	}
	return aws.Config{
		Region: "us-east-1", BaseEndpoint: &s.url, Credentials: creds, RetryMaxAttempts: 1,
		HTTPClient: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64}},
	}
}

func TestGoSDK(t *testing.T) {
	s := start(t, t.TempDir())
	ctx := context.Background()
	cfg := s.sdk(t, nil)
	users, trail := iam.NewFromConfig(cfg), cloudtrail.NewFromConfig(cfg)

	who, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil || *who.Account != s.account {
		t.Fatalf("who am I: %v, %v", who, err)
	}
	made, err := users.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("gopher"), Path: aws.String("/go/")})
	if err != nil {
		t.Fatal(err)
	}
	got, err := users.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("gopher")})
	if err != nil || *got.User.Arn != *made.User.Arn || !got.User.CreateDate.Equal(*made.User.CreateDate) {
		t.Fatalf("read back: %v, %v", got, err)
	}
	if _, err := users.UpdateUser(ctx, &iam.UpdateUserInput{UserName: aws.String("gopher"), NewUserName: aws.String("Gopher2")}); err != nil {
		t.Fatal(err)
	}
	_, err = users.GetUser(ctx, &iam.GetUserInput{UserName: aws.String("gopher")})
	var none *iamtypes.NoSuchEntityException
	if !errors.As(err, &none) {
		t.Errorf("the old name is still there: %v", err)
	}
	if _, err := users.DeleteUser(ctx, &iam.DeleteUserInput{UserName: aws.String("Gopher2")}); err != nil {
		t.Fatal(err)
	}
	res, err := trail.LookupEvents(ctx, &cloudtrail.LookupEventsInput{LookupAttributes: []cttypes.LookupAttribute{
		{AttributeKey: cttypes.LookupAttributeKeyEventName, AttributeValue: aws.String("GetUser")},
	}})
	if err != nil || len(res.Events) != 2 {
		t.Fatalf("trail: %v, %v", res, err)
	}
}

// call calls an operation that must succeed.
func call[I, O, Options any](t testing.TB, op func(context.Context, *I, ...func(*Options)) (*O, error), in I) *O {
	t.Helper()
	out, err := op(t.Context(), &in)
	if err != nil {
		t.Fatalf("%T: %v", in, err)
	}
	return out
}

// refused calls an operation that must fail with AWS's code, in the SDK's own error type for it.
func refused[E error, I, O, Options any](t testing.TB, code string, op func(context.Context, *I, ...func(*Options)) (*O, error), in I) {
	t.Helper()
	_, err := op(t.Context(), &in)
	var modelled E
	var coded interface{ ErrorCode() string }
	if !errors.As(err, &modelled) || !errors.As(err, &coded) || coded.ErrorCode() != code {
		t.Fatalf("%T: want %T with code %s, got %v", in, modelled, code, err)
	}
}

// refusal is the message of a refused call, for sts:DecodeAuthorizationMessage.
func (s *running) refusal(t testing.TB) string {
	t.Helper()
	admin := iam.NewFromConfig(s.sdk(t, nil))
	call(t, admin.CreateUser, iam.CreateUserInput{UserName: aws.String("nobody")})
	k := call(t, admin.CreateAccessKey, iam.CreateAccessKeyInput{UserName: aws.String("nobody")}).AccessKey
	nobody := iam.NewFromConfig(s.sdk(t, credentials.NewStaticCredentialsProvider(*k.AccessKeyId, *k.SecretAccessKey, "")))
	_, err := nobody.ListUsers(t.Context(), &iam.ListUsersInput{})
	var answer *awshttp.ResponseError
	if !errors.As(err, &answer) {
		t.Fatalf("a user without a policy lists users: %v", err)
	}
	call(t, admin.DeleteAccessKey, iam.DeleteAccessKeyInput{UserName: k.UserName, AccessKeyId: k.AccessKeyId})
	call(t, admin.DeleteUser, iam.DeleteUserInput{UserName: k.UserName})
	return answer.Response.Header.Get("X-Vauban-Authorization-Message")
}

// Package signin is the wire of the sign-in endpoint, with which the console turns a password into temporary credentials. AWS publishes no
// model of its own, so this one is written by hand, in the form of the generated ones. It has no behaviour. Start reading at [API].
package signin

import (
	"reflect"
	"time"

	"vauban/api/wire"
)

// API is the service with its operations.
var API = wire.NewService(&wire.Service{
	Name:           "signin",
	SDKID:          "Signin",
	EndpointPrefix: "signin",
	SigningName:    "signin",
	ARNNamespace:   "signin",
	EventSource:    "signin.amazonaws.com",
	Version:        "2023-01-01",
	TargetPrefix:   "Signin",
	Namespace:      "com.amazonaws.signin",
	Protocols:      []wire.Protocol{wire.RESTJSON1},
	Global:         true,
	HideValues:     true,
	Shapes: []wire.Shape{
		{Name: "accountName", Length: "3:63", Pattern: `^[a-zA-Z0-9-]+$`},
		{Name: "code", Length: "6:6", Pattern: `^[0-9]+$`, Sensitive: true},
		{Name: "destination", Length: "1:2048", Pattern: `^[\u0021-\u007E]+$`},
		{Name: "duration", Range: "900:43200"},
		{Name: "password", Length: "1:128", Pattern: `^[\u0009\u000A\u000D\u0020-\u00FF]+$`, Sensitive: true},
		{Name: "userName", Length: "1:128", Sensitive: true},
	},
	Operations: []*wire.Operation{OpConsoleLogin},
})

// OpConsoleLogin signs a user or root in.
var OpConsoleLogin = &wire.Operation{
	Name: "ConsoleLogin", Method: "POST", URI: "/v1/signin", Status: 200, Unsigned: true,
	Input: reflect.TypeFor[ConsoleLoginInput](), Output: reflect.TypeFor[ConsoleLoginOutput](),
	Actions: []wire.Action{{Name: "signin:ConsoleLogin", Level: wire.LevelWrite, Resources: []wire.ResourceType{
		{Name: "console", Required: true, ARNs: []string{"arn:${Partition}:signin::${Account}:console"}},
	}}},
	Errors: []*wire.ErrorShape{
		AuthenticationFailedException, MFACodeRequiredException, NewPasswordRequiredException, PasswordExpiredException,
		PasswordPolicyViolationException, PasswordChangeFailedException, TooManyAttemptsException,
	},
}

// ConsoleLoginInput is a claim with its proof. What people might type in the wrong place is sensitive.
type ConsoleLoginInput struct {
	Account         *string `api:"account,required,is=accountName"`         // ID or alias
	User            *string `api:"user,required,sensitive,is=userName"`     // name of a user, or "root"
	Password        *string `api:"password,required,sensitive,is=password"` //
	MFACode         *string `api:"mfaCode,sensitive,is=code"`               // of any MFA device of the user
	NewPassword     *string `api:"newPassword,sensitive,is=password"`       // replaces the password
	DurationSeconds *int64  `api:"durationSeconds,i32,is=duration"`         // of the session; 12 hours by default
	LoginTo         *string `api:"loginTo,is=destination"`                  // page that the sign-in is for, for the record
}

// ConsoleLoginOutput holds the session's credentials.
type ConsoleLoginOutput struct {
	AccessKeyID     *string    `api:"accessKeyId"`
	SecretAccessKey *string    `api:"secretAccessKey,sensitive"`
	SessionToken    *string    `api:"sessionToken,sensitive"`
	Expiration      *time.Time `api:"expiration,ts=date-time"`
	Account         *string    `api:"account"`
	ARN             *string    `api:"arn"`
	MFA             *bool      `api:"mfa"` // the session has MFA
}

// TooManyAttempts are the members of TooManyAttemptsException beyond the message.
type TooManyAttempts struct {
	RetryAfterSeconds *int64 `api:"retryAfterSeconds,i32"`
}

// The modelled errors. The first does not tell what was wrong; the next three come only after the right password.
var (
	AuthenticationFailedException    = &wire.ErrorShape{Shape: "AuthenticationFailedException", Code: "AuthenticationFailedException", Status: 401, Text: "message"}
	MFACodeRequiredException         = &wire.ErrorShape{Shape: "MFACodeRequiredException", Code: "MFACodeRequiredException", Status: 401, Text: "message"}
	NewPasswordRequiredException     = &wire.ErrorShape{Shape: "NewPasswordRequiredException", Code: "NewPasswordRequiredException", Status: 401, Text: "message"}
	PasswordExpiredException         = &wire.ErrorShape{Shape: "PasswordExpiredException", Code: "PasswordExpiredException", Status: 403, Text: "message"}
	PasswordPolicyViolationException = &wire.ErrorShape{Shape: "PasswordPolicyViolationException", Code: "PasswordPolicyViolationException", Status: 400, Text: "message"}
	PasswordChangeFailedException    = &wire.ErrorShape{Shape: "PasswordChangeFailedException", Code: "PasswordChangeFailedException", Status: 403, Text: "message"}
	TooManyAttemptsException         = &wire.ErrorShape{Shape: "TooManyAttemptsException", Code: "TooManyAttemptsException", Status: 429, Text: "message", Members: reflect.TypeFor[TooManyAttempts]()}
)

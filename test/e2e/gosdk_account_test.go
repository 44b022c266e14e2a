package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
)

func goServerCertificates(t *testing.T, g *goSDK) {
	up := iam.UploadServerCertificateInput{Path: p("/tls/"), CertificateBody: &g.material.certificate, PrivateKey: &g.material.key}
	for _, name := range []string{"site", "shop"} {
		up.ServerCertificateName = &name
		call(t, g.UploadServerCertificate, up)
	}
	up.ServerCertificateName, up.PrivateKey = p("bad"), &g.material.otherKey
	refused[*types.KeyPairMismatchException](t, "KeyPairMismatch", g.UploadServerCertificate, up)
	home := p("home")
	call(t, g.UpdateServerCertificate, iam.UpdateServerCertificateInput{ServerCertificateName: p("site"), NewServerCertificateName: home})
	got := call(t, g.GetServerCertificate, iam.GetServerCertificateInput{ServerCertificateName: home}).ServerCertificate
	want(t, *got.ServerCertificateMetadata.Arn, g.arn("server-certificate/tls/home"))
	want(t, *got.CertificateBody, g.material.certificate)
	pages := iam.NewListServerCertificatesPaginator(g, &iam.ListServerCertificatesInput{PathPrefix: p("/tls/"), MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.ListServerCertificatesPaginator) (*iam.ListServerCertificatesOutput, error) {
		return x.NextPage(t.Context())
	},
		func(o *iam.ListServerCertificatesOutput) []types.ServerCertificateMetadata {
			return o.ServerCertificateMetadataList
		})
	wantNames(t, all, func(c types.ServerCertificateMetadata) *string { return c.ServerCertificateName }, "home", "shop")
	call(t, g.TagServerCertificate, iam.TagServerCertificateInput{ServerCertificateName: home, Tags: tagged})
	call(t, g.UntagServerCertificate, iam.UntagServerCertificateInput{ServerCertificateName: home, TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListServerCertificateTags, iam.ListServerCertificateTagsInput{ServerCertificateName: home}).Tags)
	for _, c := range all {
		call(t, g.DeleteServerCertificate, iam.DeleteServerCertificateInput{ServerCertificateName: c.ServerCertificateName})
	}
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetServerCertificate, iam.GetServerCertificateInput{ServerCertificateName: home})
}

func goSAML(t *testing.T, g *goSDK) {
	create := iam.CreateSAMLProviderInput{Name: p("corp"), SAMLMetadataDocument: &g.material.saml}
	arn := call(t, g.CreateSAMLProvider, create).SAMLProviderArn
	want(t, *arn, g.arn("saml-provider/corp"))
	refused[*types.EntityAlreadyExistsException](t, "EntityAlreadyExists", g.CreateSAMLProvider, create)
	changed := strings.ReplaceAll(g.material.saml, "/sso", "/signon")
	call(t, g.UpdateSAMLProvider, iam.UpdateSAMLProviderInput{SAMLProviderArn: arn, SAMLMetadataDocument: &changed})
	want(t, *call(t, g.GetSAMLProvider, iam.GetSAMLProviderInput{SAMLProviderArn: arn}).SAMLMetadataDocument, changed)
	wantNames(t, call(t, g.ListSAMLProviders, iam.ListSAMLProvidersInput{}).SAMLProviderList, func(x types.SAMLProviderListEntry) *string { return x.Arn }, *arn)
	call(t, g.TagSAMLProvider, iam.TagSAMLProviderInput{SAMLProviderArn: arn, Tags: tagged})
	call(t, g.UntagSAMLProvider, iam.UntagSAMLProviderInput{SAMLProviderArn: arn, TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListSAMLProviderTags, iam.ListSAMLProviderTagsInput{SAMLProviderArn: arn}).Tags)
	call(t, g.DeleteSAMLProvider, iam.DeleteSAMLProviderInput{SAMLProviderArn: arn})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetSAMLProvider, iam.GetSAMLProviderInput{SAMLProviderArn: arn})
}

func goOIDC(t *testing.T, g *goSDK) {
	print := func(c string) []string { return []string{strings.Repeat(c, 40)} }
	create := iam.CreateOpenIDConnectProviderInput{Url: p("https://id.example.com/go"), ClientIDList: []string{"app"}, ThumbprintList: print("a")}
	arn := call(t, g.CreateOpenIDConnectProvider, create).OpenIDConnectProviderArn
	want(t, *arn, g.arn("oidc-provider/id.example.com/go"))
	refused[*types.EntityAlreadyExistsException](t, "EntityAlreadyExists", g.CreateOpenIDConnectProvider, create)
	call(t, g.AddClientIDToOpenIDConnectProvider, iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: p("site")})
	call(t, g.RemoveClientIDFromOpenIDConnectProvider, iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, ClientID: p("app")})
	call(t, g.UpdateOpenIDConnectProviderThumbprint, iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderArn: arn, ThumbprintList: print("b")})
	got := call(t, g.GetOpenIDConnectProvider, iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	self := func(s string) *string { return &s }
	wantNames(t, got.ClientIDList, self, "site")
	wantNames(t, got.ThumbprintList, self, print("b")...)
	wantNames(t, call(t, g.ListOpenIDConnectProviders, iam.ListOpenIDConnectProvidersInput{}).OpenIDConnectProviderList, func(x types.OpenIDConnectProviderListEntry) *string { return x.Arn }, *arn)
	call(t, g.TagOpenIDConnectProvider, iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, Tags: tagged})
	call(t, g.UntagOpenIDConnectProvider, iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn, TagKeys: []string{"cost"}})
	wantTags(t, call(t, g.ListOpenIDConnectProviderTags, iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderArn: arn}).Tags)
	call(t, g.DeleteOpenIDConnectProvider, iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetOpenIDConnectProvider, iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderArn: arn})
}

func goAccount(t *testing.T, g *goSDK) {
	self := func(s string) *string { return &s }
	for _, alias := range []string{"go-fort", "go-castle"} { // an account has one: the second replaces the first
		call(t, g.CreateAccountAlias, iam.CreateAccountAliasInput{AccountAlias: &alias})
		wantNames(t, call(t, g.ListAccountAliases, iam.ListAccountAliasesInput{}).AccountAliases, self, alias)
	}
	call(t, g.DeleteAccountAlias, iam.DeleteAccountAliasInput{AccountAlias: p("go-castle")})
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.DeleteAccountAlias, iam.DeleteAccountAliasInput{AccountAlias: p("go-castle")})
	call(t, g.SetSecurityTokenServicePreferences, iam.SetSecurityTokenServicePreferencesInput{GlobalEndpointTokenVersion: types.GlobalEndpointTokenVersionV2Token})
	summary := call(t, g.GetAccountSummary, iam.GetAccountSummaryInput{}).SummaryMap
	want(t, [2]int32{summary["GlobalEndpointTokenVersion"], summary["Users"]}, [2]int32{2, 1})
	refused[*types.OrganizationNotFoundException](t, "OrganizationNotFoundException", g.ListOrganizationsFeatures, iam.ListOrganizationsFeaturesInput{})
}

func goReports(t *testing.T, g *goSDK) {
	_, done := g.user(t, "reported")
	pages := iam.NewGetAccountAuthorizationDetailsPaginator(g, &iam.GetAccountAuthorizationDetailsInput{Filter: []types.EntityType{types.EntityTypeUser}, MaxItems: aws.Int32(1)})
	all := listed(t, pages, func(x *iam.GetAccountAuthorizationDetailsPaginator) (*iam.GetAccountAuthorizationDetailsOutput, error) {
		return x.NextPage(t.Context())
	},
		func(o *iam.GetAccountAuthorizationDetailsOutput) []types.UserDetail { return o.UserDetailList })
	wantNames(t, all, func(u types.UserDetail) *string { return u.UserName }, "admin", "reported")
	refused[*types.CredentialReportNotPresentException](t, "ReportNotPresent", g.GetCredentialReport, iam.GetCredentialReportInput{})
	until(t, func() bool {
		return call(t, g.GenerateCredentialReport, iam.GenerateCredentialReportInput{}).State == types.ReportStateTypeComplete
	})
	report := call(t, g.GetCredentialReport, iam.GetCredentialReportInput{})
	want(t, strings.Count(strings.TrimSpace(string(report.Content)), "\n"), 3) // the heading, and root, admin, reported
	want(t, strings.Contains(string(report.Content), "reported,"+g.arn("user/reported")+","), true)

	job := call(t, g.GenerateServiceLastAccessedDetails, iam.GenerateServiceLastAccessedDetailsInput{Arn: p(g.arn("user/admin"))}).JobId
	until(t, func() bool {
		return call(t, g.GetServiceLastAccessedDetails, iam.GetServiceLastAccessedDetailsInput{JobId: job}).JobStatus == types.JobStatusTypeCompleted
	})
	entities := call(t, g.GetServiceLastAccessedDetailsWithEntities, iam.GetServiceLastAccessedDetailsWithEntitiesInput{JobId: job, ServiceNamespace: p("iam")}).EntityDetailsList
	wantNames(t, entities, func(e types.EntityDetails) *string { return e.EntityInfo.Arn }, g.arn("user/admin"))
	refused[*types.NoSuchEntityException](t, "NoSuchEntity", g.GetServiceLastAccessedDetails, iam.GetServiceLastAccessedDetailsInput{JobId: p(strings.Repeat("0", 36))})
	done()
}

// until waits, at most two minutes, for what is derived from the log.
func until(t *testing.T, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); {
		if time.Now().After(deadline) {
			t.Fatal("not within two minutes")
		}
	}
}

"""Identity providers: SAML and OpenID Connect."""
from calls import pairs, refused, same, tags


def play(aws):
    saml(aws)
    oidc(aws)


def saml(aws):
    iam, metadata = aws.iam, aws.file("saml.xml")
    arn = iam.create_saml_provider(Name="Corp", SAMLMetadataDocument=metadata, Tags=tags(team="red"))["SAMLProviderArn"]
    same(arn, aws.arn("saml-provider/Corp"))
    refused("EntityAlreadyExists", iam.create_saml_provider, Name="Corp", SAMLMetadataDocument=metadata)
    refused("InvalidInput", iam.create_saml_provider, Name="Bad", SAMLMetadataDocument="<nonsense/>" + " " * 1000)
    same(iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"], metadata)
    changed = metadata.replace("/sso", "/signon")
    iam.update_saml_provider(SAMLProviderArn=arn, SAMLMetadataDocument=changed)
    same(iam.get_saml_provider(SAMLProviderArn=arn)["SAMLMetadataDocument"], changed)
    same([p["Arn"] for p in iam.list_saml_providers()["SAMLProviderList"]], [arn])
    iam.tag_saml_provider(SAMLProviderArn=arn, Tags=tags(team="blue", cost="7"))
    iam.untag_saml_provider(SAMLProviderArn=arn, TagKeys=["cost"])
    same(pairs(iam.list_saml_provider_tags(SAMLProviderArn=arn)), {"team": "blue"})
    iam.delete_saml_provider(SAMLProviderArn=arn)
    refused("NoSuchEntity", iam.get_saml_provider, SAMLProviderArn=arn)


def oidc(aws):
    iam = aws.iam
    made = iam.create_open_id_connect_provider(Url="https://id.example.com/people", ClientIDList=["app"], ThumbprintList=["a" * 40], Tags=tags(team="red"))
    one = dict(OpenIDConnectProviderArn=made["OpenIDConnectProviderArn"])
    same(made["OpenIDConnectProviderArn"], aws.arn("oidc-provider/id.example.com/people"))
    refused("ValidationError", iam.create_open_id_connect_provider, Url="http://id.example.com", ThumbprintList=["a" * 40])
    iam.add_client_id_to_open_id_connect_provider(ClientID="site", **one)
    iam.remove_client_id_from_open_id_connect_provider(ClientID="app", **one)
    iam.update_open_id_connect_provider_thumbprint(ThumbprintList=["b" * 40, "c" * 40], **one)
    got = iam.get_open_id_connect_provider(**one)
    same([got["Url"], got["ClientIDList"], got["ThumbprintList"]], ["id.example.com/people", ["site"], ["b" * 40, "c" * 40]])
    same(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"], [{"Arn": made["OpenIDConnectProviderArn"]}])
    iam.tag_open_id_connect_provider(Tags=tags(team="blue", cost="7"), **one)
    iam.untag_open_id_connect_provider(TagKeys=["cost"], **one)
    same(pairs(iam.list_open_id_connect_provider_tags(**one)), {"team": "blue"})
    iam.delete_open_id_connect_provider(**one)
    refused("NoSuchEntity", iam.get_open_id_connect_provider, **one)

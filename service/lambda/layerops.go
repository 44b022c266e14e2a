package lambda

import (
	"slices"
	"strings"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// Layer numbers the versions of a layer: a number is not used again when its version is deleted.
type Layer struct {
	Account, Region, Name string
	Last                  int
}

var layers = &store.Table[Layer]{
	Name: "lambda.layer",
	Key:  func(l *Layer) store.Key { return store.K(l.Account, l.Region, l.Name) },
}

func (s *Service) layerOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPublishLayerVersion, s.onNewLayer, s.publishLayer).Takes(maxRequest),
		service.Reads(api.OpGetLayerVersion, onLayerVersion(s, func(in *api.GetLayerVersionInput) (*string, *int64) { return in.LayerName, in.VersionNumber }), s.getLayer),
		service.Reads(api.OpGetLayerVersionByArn, s.onLayerARN, s.getLayerByARN),
		service.Writes(api.OpDeleteLayerVersion, onLayerVersion(s, func(in *api.DeleteLayerVersionInput) (*string, *int64) { return in.LayerName, in.VersionNumber }), s.deleteLayer),
		service.Reads(api.OpListLayers, onAny[api.ListLayersInput], s.listLayers),
		service.Reads(api.OpListLayerVersions, onAny[api.ListLayerVersionsInput], s.listLayerVersions),
	}
}

// layerNamed reads a layer's name or ARN.
func layerNamed(c *service.Call, text *string) (layerName, error) {
	l := layerName{account: c.Account, region: c.Region, layer: wire.Text(text)}
	if !strings.HasPrefix(l.layer, "arn:") {
		return l, nil
	}
	parts := strings.Split(l.layer, ":")
	if len(parts) != 7 || parts[3] != c.Region {
		return l, invalid("The layer %s is not one of the region %s.", bounded(l.layer, 200), c.Region)
	}
	l.account, l.layer = parts[4], parts[6]
	return l, nil
}

// layerFound is what the rule of a call about a layer version has found.
type layerFound struct {
	name    layerName
	version *LayerVersion // nil when there is none
}

func onLayerVersion[In any](s *Service, names func(*In) (*string, *int64)) service.Resources[In] {
	return func(c *service.Call, in *In) ([]service.Question, error) {
		text, version := names(in)
		l, err := layerNamed(c, text)
		if err != nil {
			return nil, err
		}
		if version == nil || *version < 1 {
			return nil, invalid("Layer Version Cannot be less than 1")
		}
		l.version = int(*version)
		return s.onLayer(c, l)
	}
}

func (s *Service) onLayer(c *service.Call, l layerName) ([]service.Question, error) {
	f := &layerFound{name: l}
	v, err := layerVersions.Get(c.Tx, l.key())
	if err != nil && !store.IsAbsent(err) {
		return nil, err
	}
	if err == nil {
		f.version = v
	}
	c.Found = f
	q, err := s.askLayerVersion(l, f.version)
	return []service.Question{q}, err
}

func (s *Service) onLayerARN(c *service.Call, in *api.GetLayerVersionByArnInput) ([]service.Question, error) {
	l, ok := parseLayer(wire.Text(in.Arn))
	if !ok || l.region != c.Region {
		return nil, invalid("The layer version %s is not one of the region %s.", bounded(wire.Text(in.Arn), 200), c.Region)
	}
	qs, err := s.onLayer(c, l)
	if err == nil {
		qs[0].Action = "lambda:GetLayerVersion"
	}
	return qs, err
}

func layerOf(c *service.Call) (*LayerVersion, error) {
	f := c.Found.(*layerFound)
	if f.version == nil {
		return nil, missing("Layer version %s does not exist.", f.name.arn())
	}
	return f.version, nil
}

func (s *Service) onNewLayer(c *service.Call, in *api.PublishLayerVersionInput) ([]service.Question, error) {
	l, err := layerNamed(c, in.LayerName)
	if err != nil {
		return nil, err
	}
	return []service.Question{{Resource: l.layerARN(), Account: l.account}}, nil
}

func (s *Service) publishLayer(c *service.Call, in *api.PublishLayerVersionInput) (*api.PublishLayerVersionOutput, error) {
	l, err := layerNamed(c, in.LayerName)
	if err != nil {
		return nil, err
	}
	if l.account != c.Account {
		return nil, invalid("A layer version can be published in the caller's own account only.")
	}
	v := &LayerVersion{
		Account: l.account, Region: l.region, Name: l.layer, Description: wire.Text(in.Description), License: wire.Text(in.LicenseInfo), Runtimes: in.CompatibleRuntimes,
		Architectures: in.CompatibleArchitectures, Created: c.Time,
	}
	if v.Code, err = s.take(c, &source{
		zip: in.Content.ZipFile, bucket: in.Content.S3Bucket, key: in.Content.S3Key, version: in.Content.S3ObjectVersion, mode: in.Content.S3ObjectStorageMode,
	}, false); err != nil {
		return nil, err
	}
	err = c.Commit(func(tx store.Tx) error {
		if err := storageLeft(tx, v.Account, v.Region, v.Code); err != nil {
			return err
		}
		n, err := layers.Get(tx, store.K(v.Account, v.Region, v.Name))
		if store.IsAbsent(err) {
			n, err = &Layer{Account: v.Account, Region: v.Region, Name: v.Name}, nil
		}
		if err != nil {
			return err
		}
		n.Last++
		v.Number = n.Last
		if err := layers.Put(tx, n); err != nil {
			return err
		}
		return layerVersions.Insert(tx, v)
	})
	if err != nil {
		return nil, err
	}
	return (*api.PublishLayerVersionOutput)(v.shown()), nil
}

func (v *LayerVersion) name() layerName { return layerName{v.Account, v.Region, v.Name, v.Number} }

func (v *LayerVersion) shown() *api.GetLayerVersionOutput {
	return &api.GetLayerVersionOutput{
		LayerArn: new(v.name().layerARN()), LayerVersionArn: new(v.name().arn()), Version: new(int64(v.Number)), Description: &v.Description, LicenseInfo: wire.Optional(v.License),
		CompatibleRuntimes: v.Runtimes, CompatibleArchitectures: v.Architectures, CreatedDate: stamp(v.Created),
		Content: &api.LayerVersionContentOutput{CodeSha256: &v.Code.SHA256, CodeSize: &v.Code.Size},
	}
}

func (v *LayerVersion) item() *api.LayerVersionsListItem {
	return &api.LayerVersionsListItem{
		LayerVersionArn: new(v.name().arn()), Version: new(int64(v.Number)), Description: &v.Description, LicenseInfo: wire.Optional(v.License),
		CompatibleRuntimes: v.Runtimes, CompatibleArchitectures: v.Architectures, CreatedDate: stamp(v.Created),
	}
}

func (s *Service) getLayer(c *service.Call, _ *api.GetLayerVersionInput) (*api.GetLayerVersionOutput, error) {
	v, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	return v.shown(), nil
}

func (s *Service) getLayerByARN(c *service.Call, _ *api.GetLayerVersionByArnInput) (*api.GetLayerVersionByArnOutput, error) {
	v, err := layerOf(c)
	if err != nil {
		return nil, err
	}
	return (*api.GetLayerVersionByArnOutput)(v.shown()), nil
}

// deleteLayer deletes a version. Functions that use it go on.
func (s *Service) deleteLayer(c *service.Call, _ *api.DeleteLayerVersionInput) (*api.DeleteLayerVersionOutput, error) {
	f := c.Found.(*layerFound)
	out := &api.DeleteLayerVersionOutput{}
	if f.version == nil {
		return out, nil
	}
	return out, layerVersions.Delete(c.Tx, f.name.key())
}

// fits reports whether a layer version says that it is for a runtime and an architecture; nil asks for none.
func (v *LayerVersion) fits(runtime, architecture *string) bool {
	return (runtime == nil || slices.Contains(v.Runtimes, *runtime)) && (architecture == nil || slices.Contains(v.Architectures, *architecture))
}

func (s *Service) listLayers(c *service.Call, in *api.ListLayersInput) (*api.ListLayersOutput, error) {
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListLayers", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListLayersOutput{Layers: []api.LayersListItem{}}
	var failed error
	out.NextMarker, err = visit(p, c.Tx, layers, store.K(c.Account, c.Region), func(l *Layer) bool {
		var last *LayerVersion
		for v, err := range layerVersions.Each(c.Tx, store.K(l.Account, l.Region, l.Name)) {
			if err != nil {
				failed = err
				return false
			}
			if v.fits(in.CompatibleRuntime, in.CompatibleArchitecture) {
				last = v
			}
		}
		if last == nil {
			return false
		}
		out.Layers = append(out.Layers, api.LayersListItem{LayerName: &last.Name, LayerArn: new(last.name().layerARN()), LatestMatchingVersion: last.item()})
		return true
	})
	if failed != nil {
		return nil, failed
	}
	return out, err
}

// listLayerVersions lists the versions of a layer, the newest first.
func (s *Service) listLayerVersions(c *service.Call, in *api.ListLayerVersionsInput) (*api.ListLayerVersionsOutput, error) {
	l, err := layerNamed(c, in.LayerName)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListLayerVersions", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListLayerVersionsOutput{LayerVersions: []api.LayerVersionsListItem{}}
	if l.account != c.Account {
		return out, nil
	}
	list, err := layerVersions.List(c.Tx, store.K(l.account, l.region, l.layer), nil, 0)
	if err != nil {
		return nil, err
	}
	slices.Reverse(list.Items)
	for i, v := range list.Items {
		if p.After != nil && v.name().key().Compare(p.After) >= 0 || !v.fits(in.CompatibleRuntime, in.CompatibleArchitecture) {
			continue
		}
		if out.LayerVersions = append(out.LayerVersions, *v.item()); len(out.LayerVersions) == p.Limit && i+1 < len(list.Items) {
			out.NextMarker, err = p.Token(v.name().key())
			return out, err
		}
	}
	return out, nil
}

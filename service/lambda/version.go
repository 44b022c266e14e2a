package lambda

import (
	"strconv"
	"time"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

func (s *Service) versionOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpPublishVersion, onWhole(s, func(in *api.PublishVersionInput) *string { return in.FunctionName }), s.publishVersion),
		service.Acts(api.OpListVersionsByFunction, onWhole(s, func(in *api.ListVersionsByFunctionInput) *string { return in.FunctionName }), s.listVersions),
	}
}

// publish makes the version that can be changed one that cannot. Nothing is published anew when nothing has changed since. The function must be stored
// afterwards. Developer guide: "Manage Lambda function versions".
func (s *Service) publish(tx store.Tx, f *Function, description string, now time.Time) (*Version, error) {
	if f.Published > 0 {
		last, err := versions.Get(tx, store.K(f.Account, f.Region, f.Name, f.Published))
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		if err == nil && last.Config.Generation == f.Latest.Generation {
			return last, nil
		}
	}
	f.Published++
	v := &Version{Account: f.Account, Region: f.Region, Name: f.Name, Number: f.Published, Config: f.Latest}
	v.Config.Version, v.Config.Modified = versionName(f.Published), now
	if description != "" {
		v.Config.Description = description
	}
	var err error
	if v.Config.Revision, err = s.newUUID(); err != nil {
		return nil, err
	}
	return v, versions.Insert(tx, v)
}

func (s *Service) publishVersion(c *service.Call, in *api.PublishVersionInput) (*api.PublishVersionOutput, error) {
	x, err := ownLatest(c, in.RevisionId)
	if err != nil {
		return nil, err
	}
	if in.PublishTo != nil {
		return nil, unbuilt("PublishTo")
	}
	env := s.shownEnvironment(c, x.function, x.config)
	var v *Version
	err = c.Commit(func(tx store.Tx) error {
		x, err := ownLatest(c, in.RevisionId)
		if err != nil {
			return err
		}
		f := x.function
		if sha := wire.Text(in.CodeSha256); sha != "" && sha != f.Latest.Code.SHA256 {
			return invalid("CodeSHA256 (%s) is different from current CodeSHA256 in $LATEST (%s). Please try again with the CodeSHA256 in $LATEST.", bounded(sha, 100), f.Latest.Code.SHA256)
		}
		if v, err = s.publish(tx, f, wire.Text(in.Description), c.Time); err != nil {
			return err
		}
		return functions.Update(tx, f)
	})
	if err != nil {
		return nil, err
	}
	return (*api.PublishVersionOutput)(shown(x.function, &v.Config, "", env)), nil
}

func (s *Service) versionsOf(c *service.Call, f *Function) (all []*Version, err error) {
	err = s.Store.Read(c, func(tx store.Tx) error {
		list, err := versions.List(tx, f.key(), nil, 0)
		all = list.Items
		return err
	})
	return all, err
}

func (s *Service) listVersions(c *service.Call, in *api.ListVersionsByFunctionInput) (*api.ListVersionsByFunctionOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListVersionsByFunction", 50)
	if err != nil {
		return nil, err
	}
	f := x.function
	out := &api.ListVersionsByFunctionOutput{Versions: []api.FunctionConfiguration{}}
	if p.After == nil {
		out.Versions = append(out.Versions, *shown(f, &f.Latest, latest, s.shownEnvironment(c, f, &f.Latest)))
		p.Limit-- // there is room for another: MaxItems is at least 1, and a page without items but with a marker is one, too
	}
	var found []*Version
	err = s.Store.Read(c, func(tx store.Tx) (err error) {
		found = nil
		out.NextMarker, err = visit(p, tx, versions, f.key(), func(v *Version) bool {
			found = append(found, v)
			return true
		})
		return err
	})
	for _, v := range found {
		out.Versions = append(out.Versions, *shown(f, &v.Config, "", s.shownEnvironment(c, f, &v.Config)))
	}
	return out, err
}

func versionName(n int) string { return strconv.Itoa(n) }

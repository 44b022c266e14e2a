package lambda

import (
	"time"

	api "vauban/api/lambda"
	"vauban/api/wire"
	"vauban/service"
	"vauban/store"
)

// FunctionURL is an address at which a function, or an alias of it, takes HTTP requests. Developer guide: "Creating and managing Lambda function URLs".
type FunctionURL struct {
	Account, Region, Name, Qualifier string // Qualifier is "" for the function itself

	ID       string
	AuthType string
	Cors     *Cors `json:",omitempty"`
	Created  time.Time
	Modified time.Time
}

// Cors says what pages of other origins may do at a function URL.
type Cors struct {
	Credentials                      bool     `json:",omitempty"`
	Headers, Methods, Origins, Shown []string `json:",omitempty"`
	MaxAge                           *int64   `json:",omitempty"`
}

var urls = &store.Table[FunctionURL]{
	Name:   "lambda.url",
	Key:    func(u *FunctionURL) store.Key { return store.K(u.Account, u.Region, u.Name, u.Qualifier) },
	Unique: map[string]func(*FunctionURL) store.Key{"id": func(u *FunctionURL) store.Key { return store.K(u.ID) }},
}

func (u *FunctionURL) name() name { return name{u.Account, u.Region, u.Name, u.Qualifier} }

func (s *Service) urlOperations() []service.Row {
	return []service.Row{
		service.Writes(api.OpCreateFunctionUrlConfig, s.onURL(func(in *api.CreateFunctionUrlConfigInput) (f, q, auth *string) {
			return in.FunctionName, in.Qualifier, in.AuthType
		}), s.createURL),
		service.Writes(api.OpUpdateFunctionUrlConfig, s.onURLUpdate(), s.updateURL),
		service.Writes(api.OpDeleteFunctionUrlConfig, on(s, func(in *api.DeleteFunctionUrlConfigInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.deleteURL),
		service.Reads(api.OpGetFunctionUrlConfig, on(s, func(in *api.GetFunctionUrlConfigInput) (f, q *string) { return in.FunctionName, in.Qualifier }), s.getURL),
		service.Reads(api.OpListFunctionUrlConfigs, onWhole(s, func(in *api.ListFunctionUrlConfigsInput) *string { return in.FunctionName }), s.listURLs),
		s.urlInvocation(),
	}
}

// onURL adds the condition key of the kind of authentication that a URL is to have.
func (s *Service) onURL(names func(*api.CreateFunctionUrlConfigInput) (f, q, auth *string)) service.Resources[api.CreateFunctionUrlConfigInput] {
	return func(c *service.Call, in *api.CreateFunctionUrlConfigInput) ([]service.Question, error) {
		_, _, auth := names(in)
		qs, err := on(s, func(in *api.CreateFunctionUrlConfigInput) (f, q *string) { f, q, _ = names(in); return f, q })(c, in)
		if err == nil && auth != nil {
			qs[0].Context["lambda:FunctionUrlAuthType"] = []string{*auth}
		}
		return qs, err
	}
}

func (s *Service) onURLUpdate() service.Resources[api.UpdateFunctionUrlConfigInput] {
	return func(c *service.Call, in *api.UpdateFunctionUrlConfigInput) ([]service.Question, error) {
		qs, err := on(s, func(in *api.UpdateFunctionUrlConfigInput) (f, q *string) { return in.FunctionName, in.Qualifier })(c, in)
		if err == nil && in.AuthType != nil {
			qs[0].Context["lambda:FunctionUrlAuthType"] = []string{*in.AuthType}
		}
		return qs, err
	}
}

// address is where the URL is served: a path under the API's own address, which needs no DNS.
func (s *Service) address(u *FunctionURL) string { return s.Endpoint() + "/lambda-url/" + u.ID + "/" }

func (s *Service) shownURL(u *FunctionURL) *api.FunctionUrlConfig {
	return &api.FunctionUrlConfig{
		FunctionArn: new(u.name().arn()), FunctionUrl: new(s.address(u)), AuthType: &u.AuthType, InvokeMode: new(api.InvokeModeBuffered), Cors: u.Cors.shown(),
		CreationTime: stamp(u.Created), LastModifiedTime: stamp(u.Modified),
	}
}

func (k *Cors) shown() *api.Cors {
	if k == nil {
		return nil
	}
	return &api.Cors{
		AllowCredentials: &k.Credentials, AllowHeaders: k.Headers, AllowMethods: k.Methods, AllowOrigins: k.Origins, ExposeHeaders: k.Shown, MaxAge: k.MaxAge,
	}
}

func corsOf(in *api.Cors) *Cors {
	if in == nil {
		return nil
	}
	k := &Cors{Credentials: in.AllowCredentials != nil && *in.AllowCredentials, Headers: in.AllowHeaders, Methods: in.AllowMethods, Origins: in.AllowOrigins, Shown: in.ExposeHeaders, MaxAge: in.MaxAge}
	if !k.Credentials && len(k.Headers)+len(k.Methods)+len(k.Origins)+len(k.Shown) == 0 && (k.MaxAge == nil || *k.MaxAge == 0) {
		return nil
	}
	return k
}

func checkMode(mode *string) error {
	if wire.Text(mode) == api.InvokeModeResponseStream {
		return unbuilt("InvokeMode RESPONSE_STREAM")
	}
	return nil
}

// urlSubject is what a call about a URL is about: the function or an alias.
func urlSubject(c *service.Call) (*subject, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	if x.name.qualifier != "" && x.alias == nil {
		return nil, invalid("A function URL belongs to the unqualified function or to an alias.")
	}
	return x, nil
}

func (s *Service) createURL(c *service.Call, in *api.CreateFunctionUrlConfigInput) (*api.CreateFunctionUrlConfigOutput, error) {
	x, err := urlSubject(c)
	if err != nil {
		return nil, err
	}
	if err := checkMode(in.InvokeMode); err != nil {
		return nil, err
	}
	u := &FunctionURL{
		Account: x.function.Account, Region: x.function.Region, Name: x.function.Name, Qualifier: x.name.qualifier, AuthType: wire.Text(in.AuthType), Cors: corsOf(in.Cors),
		Created: c.Time, Modified: c.Time,
	}
	if u.ID, err = s.newID(); err != nil {
		return nil, err
	}
	err = urls.Insert(c.Tx, u)
	if store.IsTaken(err) {
		return nil, conflict("Failed to create function url config for [functionArn = %s]. Error message: FunctionUrlConfig exists for this Lambda function", u.name().arn())
	}
	o := s.shownURL(u)
	return &api.CreateFunctionUrlConfigOutput{
		FunctionArn: o.FunctionArn, FunctionUrl: o.FunctionUrl, AuthType: o.AuthType, InvokeMode: o.InvokeMode, Cors: o.Cors, CreationTime: o.CreationTime,
	}, err
}

func urlFound(c *service.Call) (*FunctionURL, error) {
	x, err := urlSubject(c)
	if err != nil {
		return nil, err
	}
	u, err := urls.Get(c.Tx, x.function.key().With(x.name.qualifier))
	if store.IsAbsent(err) {
		return nil, missing("The resource you requested does not exist.")
	}
	return u, err
}

func (s *Service) updateURL(c *service.Call, in *api.UpdateFunctionUrlConfigInput) (*api.UpdateFunctionUrlConfigOutput, error) {
	u, err := urlFound(c)
	if err != nil {
		return nil, err
	}
	if err := checkMode(in.InvokeMode); err != nil {
		return nil, err
	}
	set(&u.AuthType, in.AuthType)
	if in.Cors != nil {
		u.Cors = corsOf(in.Cors)
	}
	u.Modified = c.Time
	return (*api.UpdateFunctionUrlConfigOutput)(s.shownURL(u)), urls.Update(c.Tx, u)
}

func (s *Service) deleteURL(c *service.Call, _ *api.DeleteFunctionUrlConfigInput) (*api.DeleteFunctionUrlConfigOutput, error) {
	u, err := urlFound(c)
	if err != nil {
		return nil, err
	}
	return &api.DeleteFunctionUrlConfigOutput{}, urls.Delete(c.Tx, urls.Key(u))
}

func (s *Service) getURL(c *service.Call, _ *api.GetFunctionUrlConfigInput) (*api.GetFunctionUrlConfigOutput, error) {
	u, err := urlFound(c)
	if err != nil {
		return nil, err
	}
	return (*api.GetFunctionUrlConfigOutput)(s.shownURL(u)), nil
}

func (s *Service) listURLs(c *service.Call, in *api.ListFunctionUrlConfigsInput) (*api.ListFunctionUrlConfigsOutput, error) {
	x, err := subjectOf(c)
	if err != nil {
		return nil, err
	}
	p, err := s.pageOf(in.MaxItems, in.Marker, "ListFunctionUrlConfigs", 50)
	if err != nil {
		return nil, err
	}
	out := &api.ListFunctionUrlConfigsOutput{FunctionUrlConfigs: []api.FunctionUrlConfig{}}
	out.NextMarker, err = visit(p, c.Tx, urls, x.function.key(), func(u *FunctionURL) bool {
		out.FunctionUrlConfigs = append(out.FunctionUrlConfigs, *s.shownURL(u))
		return true
	})
	return out, err
}

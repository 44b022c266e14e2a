package lambda

import (
	"strings"

	"vauban/engine/arn"
	"vauban/engine/policy"
	"vauban/service"
	"vauban/store"
)

// maxLayers is how many layers a function uses at most.
const maxLayers = 5

const typeLayerVersion = "AWS::Lambda::LayerVersion"

// layerName is a layer version as its ARN names it.
type layerName struct {
	account, region, layer string
	version                int
}

func (l layerName) layerARN() string {
	return "arn:aws:lambda:" + l.region + ":" + l.account + ":layer:" + l.layer
}

func (l layerName) arn() string { return l.layerARN() + ":" + versionName(l.version) }

func (l layerName) key() store.Key { return store.K(l.account, l.region, l.layer, l.version) }

// parseLayer reads the ARN of a layer version.
func parseLayer(text string) (layerName, bool) {
	a, err := arn.Parse(text)
	parts := strings.Split(a.Resource, ":")
	if err != nil || a.Service != "lambda" || len(parts) != 3 || parts[0] != "layer" || !isNumber(parts[2]) || parts[1] == "" {
		return layerName{}, false
	}
	return layerName{a.Account, a.Region, parts[1], number(parts[2])}, true
}

// askLayers asks whether the caller may use the layer versions.
func (s *Service) askLayers(c *service.Call, arns []string) ([]service.Question, error) {
	var out []service.Question
	for _, text := range arns[:min(len(arns), maxLayers)] {
		l, ok := parseLayer(text)
		if !ok {
			continue // the handler says so
		}
		v, err := layerVersions.Get(c.Tx, l.key())
		if err != nil && !store.IsAbsent(err) {
			return nil, err
		}
		q, err := s.askLayerVersion(l, v)
		if err != nil {
			return nil, err
		}
		q.Action = "lambda:GetLayerVersion"
		out = append(out, q)
	}
	return out, nil
}

// askLayerVersion is the question about a layer version; v is nil when there is none.
func (s *Service) askLayerVersion(l layerName, v *LayerVersion) (service.Question, error) {
	q := service.Question{Resource: l.arn(), Account: l.account, ResourceType: typeLayerVersion}
	if v == nil || v.Policy.Text == "" {
		return q, nil
	}
	doc, err := s.policies.Parse(v.Policy.Text)
	q.Policy = &policy.Named{Name: l.arn(), Document: doc}
	return q, err
}

// layerUses are the layer versions that a function shall use, in their order.
func (s *Service) layerUses(c *service.Call, arns []string) ([]LayerUse, error) {
	if len(arns) > maxLayers {
		return nil, invalid("Cannot reference more than %d layers.", maxLayers)
	}
	var out []LayerUse
	seen := map[string]string{}
	err := s.Store.Read(c, func(tx store.Tx) error {
		out = nil
		clear(seen)
		for _, text := range arns {
			l, ok := parseLayer(text)
			if !ok {
				return invalid("Layer version %s does not exist.", bounded(text, 200))
			}
			if l.region != c.Region {
				return invalid("Layers are not in the same region as the function. Layers are expected to be in region %s.", c.Region)
			}
			if other, twice := seen[l.layerARN()]; twice {
				return invalid("Two different versions of the same layer are not allowed to be referenced in the same function. %s and %s are versions of the same layer.", other, text)
			}
			seen[l.layerARN()] = text
			v, err := layerVersions.Get(tx, l.key())
			if store.IsAbsent(err) {
				return invalid("Layer version %s does not exist.", text)
			}
			if err != nil {
				return err
			}
			out = append(out, LayerUse{ARN: text, Code: v.Code})
		}
		return nil
	})
	return out, err
}

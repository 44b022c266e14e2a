package s3

import (
	"reflect"
	"slices"

	api "vauban/api/s3"
	"vauban/service"
)

// attributesRule asks for both actions that GetObjectAttributes needs.
func attributesRule(in *api.GetObjectAttributesInput, _ *found, _ conditions) ([]string, error) {
	if in.VersionId != nil {
		return []string{"s3:GetObjectVersionAttributes"}, nil
	}
	return []string{"s3:GetObjectAttributes"}, nil
}

func (s *Service) getObjectAttributes(c *service.Call, in *api.GetObjectAttributesInput) (*api.GetObjectAttributesOutput, error) {
	v, _, err := s.read(c, &struct{ VersionId *string }{in.VersionId}, *in.Key)
	if err != nil {
		return nil, err
	}
	given, err := customerKeyIn(in, "")
	if err != nil {
		return nil, err
	}
	if _, err := s.dataKey(c, foundIn(c).bucket, v.Key, &v.Content, given); err != nil {
		return nil, err
	}
	told(c, 0, 0)
	out := &api.GetObjectAttributesOutput{LastModified: &v.Created, VersionId: shownID(c, v)}
	for _, attribute := range in.ObjectAttributes {
		switch attribute {
		case api.ObjectAttributesETag:
			out.ETag = &v.ETag // without quotes here
		case api.ObjectAttributesObjectSize:
			out.ObjectSize = &v.Size
		case api.ObjectAttributesStorageClass:
			out.StorageClass = (&summary{Class: v.Class}).class()
		case api.ObjectAttributesChecksum:
			out.Checksum = &api.Checksum{}
			v.Sums.show(out.Checksum)
		case api.ObjectAttributesObjectParts:
			if out.ObjectParts, err = s.attributeParts(c, v, in); err != nil {
				return nil, err
			}
		default:
			return nil, invalid("x-amz-object-attributes", attribute, "Invalid attribute name specified.")
		}
	}
	return out, nil
}

// attributeParts lists the parts of an object that was uploaded in parts; those of uploads with their own checksums only, as in AWS.
func (s *Service) attributeParts(c *service.Call, v *Version, in *api.GetObjectAttributesInput) (*api.GetObjectAttributesParts, error) {
	if v.Content.Parts == 0 {
		return nil, nil
	}
	out := &api.GetObjectAttributesParts{TotalPartsCount: new(int64(v.Content.Parts))}
	if v.Sums.Type != api.ChecksumTypeComposite {
		return out, nil
	}
	most, err := pageSize("x-amz-max-parts", in.MaxParts)
	if err != nil {
		return nil, err
	}
	m, err := s.manifestOf(c, v.Content.ID)
	if err != nil {
		return nil, err
	}
	marker := int64(0)
	if in.PartNumberMarker != nil {
		marker = *in.PartNumberMarker
	}
	list := slices.DeleteFunc(m.Parts, func(p manifestPart) bool { return int64(p.Number) <= marker })
	more := len(list) > most
	list = list[:min(most, len(list))]
	out.PartNumberMarker, out.MaxParts, out.IsTruncated = &marker, new(int64(most)), &more
	for _, p := range list {
		shown := api.ObjectPart{PartNumber: new(int64(p.Number)), Size: new(p.Size)}
		reflect.ValueOf(&shown).Elem().FieldByName("Checksum" + v.Sums.Algorithm).Set(reflect.ValueOf(new(p.Sum)))
		out.Parts = append(out.Parts, shown)
		out.NextPartNumberMarker = shown.PartNumber
	}
	return out, nil
}

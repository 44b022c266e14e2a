package ssm

import (
	"maps"
	"slices"

	api "vauban/api/ssm"
	"vauban/api/wire"
	"vauban/service"
)

// allAccounts makes a document public.
const allAccounts = "all"

// maxShared is how many accounts a document can be shared with. User Guide: "Best practices for shared SSM documents".
const maxShared = 1000

func (s *Service) share(c *service.Call, in *api.ModifyDocumentPermissionInput) (*api.ModifyDocumentPermissionOutput, error) {
	d, err := ownDocument(c)
	if err != nil {
		return nil, err
	}
	if d.Shared == nil {
		d.Shared = map[string]string{}
	}
	for _, account := range in.AccountIdsToAdd {
		d.Shared[who(account)] = wire.Text(in.SharedDocumentVersion)
	}
	for _, account := range in.AccountIdsToRemove {
		delete(d.Shared, who(account))
	}
	if len(d.Shared) > maxShared {
		return nil, api.DocumentPermissionLimit.New("A document can be shared with %d accounts at most.", maxShared)
	}
	return &api.ModifyDocumentPermissionOutput{}, documents.Update(c.Tx, d)
}

// who is an account as it is kept: "All" and "all" are the same.
func who(account string) string {
	if len(account) == len(allAccounts) {
		return allAccounts
	}
	return account
}

func (s *Service) showSharing(c *service.Call, in *api.DescribeDocumentPermissionInput) (*api.DescribeDocumentPermissionOutput, error) {
	d, err := ownDocument(c)
	if err != nil {
		return nil, err
	}
	out := &api.DescribeDocumentPermissionOutput{AccountIds: []string{}, AccountSharingInfoList: []api.AccountSharingInfo{}}
	for _, account := range slices.Sorted(maps.Keys(d.Shared)) {
		version := d.Shared[account]
		if version == "" {
			version = "$DEFAULT"
		}
		out.AccountIds = append(out.AccountIds, account)
		out.AccountSharingInfoList = append(out.AccountSharingInfoList, api.AccountSharingInfo{AccountId: &account, SharedDocumentVersion: &version})
	}
	return out, nil
}

package iam

import (
	"encoding/csv"
	"strconv"
	"strings"
	"time"

	api "vauban/api/iam"
	"vauban/service"
	"vauban/store"
)

// credentialReport is the latest credential report of an account.
type credentialReport struct {
	Account   string    `json:"account"`
	Generated time.Time `json:"generated"`
	CSV       string    `json:"csv"`
}

var credentialReports = &store.Table[credentialReport]{
	Name: "iam.credential-report",
	Key:  func(r *credentialReport) store.Key { return store.K(r.Account) },
}

// reportAge is how long a report stands before a new one is made. IAM User Guide: "Generate credential reports for your AWS account".
const reportAge = 4 * time.Hour

// credentialColumns are those that AWS's reports have. The guide lists one more for users with more than two access keys or
// certificates, which the quotas do not allow.
const credentialColumns = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
	"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
	"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
	"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"

// What stands in a column for want of a value.
const (
	notApplicable = "N/A"
	noInformation = "no_information"
	notSupported  = "not_supported"
)

func (s *Service) credentialReportOperations() []service.Row {
	return []service.Row{
		service.Acts(api.OpGenerateCredentialReport, onAll[api.GenerateCredentialReportInput], s.generateCredentialReport),
		service.Reads(api.OpGetCredentialReport, onAll[api.GetCredentialReportInput], s.getCredentialReport),
	}
}

// generateCredentialReport makes the report at once, on a snapshot and outside of the transaction that stores it. The call that makes it
// answers STARTED, as AWS's does; those that find it answer COMPLETE.
func (s *Service) generateCredentialReport(c *service.Call, _ *api.GenerateCredentialReportInput) (*api.GenerateCredentialReportOutput, error) {
	var last *credentialReport
	made := &credentialReport{Account: c.Account, Generated: seconds(c.Time)}
	err := s.Store.Read(c, func(tx store.Tx) (err error) {
		if last, err = credentialReports.Get(tx, store.K(c.Account)); err != nil && !store.IsAbsent(err) {
			return err
		}
		if last != nil && !last.expired(c.Time) {
			return nil
		}
		made.CSV, err = credentialsOf(tx, c.Account)
		return err
	})
	if err != nil {
		return nil, err
	}
	if last != nil && !last.expired(c.Time) {
		return &api.GenerateCredentialReportOutput{State: new("COMPLETE")}, nil
	}
	out := &api.GenerateCredentialReportOutput{State: new("STARTED")}
	if last == nil {
		out.Description = new("No report exists. Starting a new report generation task")
	}
	return out, c.Commit(func(tx store.Tx) error { return credentialReports.Put(tx, made) })
}

func (r *credentialReport) expired(now time.Time) bool { return now.Sub(r.Generated) > reportAge }

func (s *Service) getCredentialReport(c *service.Call, _ *api.GetCredentialReportInput) (*api.GetCredentialReportOutput, error) {
	r, err := credentialReports.Get(c.Tx, store.K(c.Account))
	if store.IsAbsent(err) {
		return nil, api.CredentialReportNotPresentException.New("Unknown")
	}
	if err != nil {
		return nil, err
	}
	if r.expired(c.Time) {
		return nil, api.CredentialReportExpiredException.New("Unknown")
	}
	return &api.GetCredentialReportOutput{Content: []byte(r.CSV), GeneratedTime: &r.Generated, ReportFormat: new("text/csv")}, nil
}

// credentialsOf is the report's text: root first, then the users by name.
func credentialsOf(tx store.Tx, account string) (string, error) {
	a, err := accounts.Get(tx, store.K(account))
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString(credentialColumns + "\n")
	w := csv.NewWriter(&b)
	row, err := rootCredentials(tx, a)
	if err != nil {
		return "", err
	}
	if err := w.Write(row); err != nil {
		return "", err
	}
	for u, err := range users.Each(tx, store.K(account)) {
		if err != nil {
			return "", err
		}
		if row, err = userCredentials(tx, a, u); err != nil {
			return "", err
		}
		if err := w.Write(row); err != nil {
			return "", err
		}
	}
	w.Flush()
	return strings.TrimSuffix(b.String(), "\n"), w.Error()
}

// rootCredentials is root's row. It never has access keys or certificates.
func rootCredentials(tx store.Tx, a *Account) ([]string, error) {
	row := []string{"<root_account>", "arn:aws:iam::" + a.ID + ":root", reportTime(a.Created)}
	row = append(row, passwordColumns(len(a.Root.Hash) > 0, a.Root.LastUsed, a.Root.Changed)...)
	mfa, err := devicesOf(tx, a.ID, a.ID)
	if err != nil {
		return nil, err
	}
	row = append(row, notSupported, strconv.FormatBool(len(mfa) > 0))
	row = append(row, keyColumns(nil, nil)...)
	row = append(row, keyColumns(nil, nil)...)
	return append(row, "false", notApplicable, "false", notApplicable), nil
}

func userCredentials(tx store.Tx, a *Account, u *User) ([]string, error) {
	row := []string{u.Name, u.ARN(), reportTime(u.Created)}
	rotation := notApplicable
	if u.Login == nil {
		row = append(row, passwordColumns(false, time.Time{}, time.Time{})...)
	} else {
		row = append(row, passwordColumns(true, u.Login.LastUsed, u.Login.Changed)...)
		if p := a.PasswordPolicy; p != nil && p.MaxAge > 0 {
			rotation = reportTime(u.Login.Changed.AddDate(0, 0, int(p.MaxAge)))
		}
	}
	mfa, err := devicesOf(tx, u.Account, u.ID)
	if err != nil {
		return nil, err
	}
	row = append(row, rotation, strconv.FormatBool(len(mfa) > 0))
	keys, err := keysOfUser(tx, u)
	if err != nil {
		return nil, err
	}
	for i := range 2 {
		var k *AccessKey
		var used *LastUse
		if i < len(keys) {
			k = keys[i]
			if used, err = lastUse(tx, lastUsedKey, k.ID); err != nil {
				return nil, err
			}
		}
		row = append(row, keyColumns(k, used)...)
	}
	return certificateColumns(tx, u, row)
}

func passwordColumns(enabled bool, used, changed time.Time) []string {
	switch {
	case !enabled:
		return []string{"false", notApplicable, notApplicable}
	case used.IsZero():
		return []string{"true", noInformation, reportTime(changed)}
	}
	return []string{"true", reportTime(used), reportTime(changed)}
}

func keyColumns(k *AccessKey, used *LastUse) []string {
	out := []string{"false", notApplicable, notApplicable, notApplicable, notApplicable}
	if k != nil {
		out[0], out[1] = strconv.FormatBool(k.Active), reportTime(k.Created)
	}
	if used != nil {
		out[2], out[3], out[4] = reportTime(used.Time), used.Region, used.Service
	}
	return out
}

func certificateColumns(tx store.Tx, u *User, row []string) ([]string, error) {
	n := 0
	for cert, err := range signingCertificates.EachRef(tx, "user", userRef(u)) {
		if err != nil {
			return nil, err
		}
		row = append(row, strconv.FormatBool(cert.Active), reportTime(cert.Uploaded))
		n++
	}
	for ; n < maxSigningCertificates; n++ {
		row = append(row, "false", notApplicable)
	}
	return row, nil
}

func reportTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

package iam

import (
	"encoding/csv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"vauban/store"
)

func TestCredentialsOf(t *testing.T) {
	db := openStore(t)
	made := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	later := made.Add(time.Hour)
	var text string
	inTx(t, db, func(tx store.Tx) error {
		if err := accounts.Insert(tx, &Account{ID: here, Created: made, PasswordPolicy: &PasswordPolicy{MaxAge: 30},
			Root: Root{Hash: []byte("x"), Changed: later, LastUsed: later}}); err != nil {
			return err
		}
		for _, d := range []*MFADevice{
			{Account: here, Path: "/", Name: "root", Owner: here, Enabled: made},
			{Account: here, Path: "/", Name: "alice", Owner: "AIDA1", Enabled: made},
		} {
			if err := mfaDevices.Insert(tx, d); err != nil {
				return err
			}
		}
		for _, u := range []*User{
			{Account: here, Name: "Bob, the builder", Path: "/", ID: "AIDA2", Created: made, Login: &Login{Changed: made}},
			{Account: here, Name: "alice", Path: "/a/", ID: "AIDA1", Created: made, Login: &Login{Changed: later, LastUsed: later}},
		} {
			if err := users.Insert(tx, u); err != nil {
				return err
			}
		}
		for _, k := range []*AccessKey{
			{ID: "AKIA2", Account: here, UserID: "AIDA1", Active: true, Created: later},
			{ID: "AKIA1", Account: here, UserID: "AIDA1", Created: made},
		} {
			if err := accessKeys.Insert(tx, k); err != nil {
				return err
			}
		}
		if err := lastUsed.Insert(tx, &LastUse{Kind: lastUsedKey, ID: "AKIA2", Time: later, Region: "eu-west-1", Service: "sqs"}); err != nil {
			return err
		}
		if err := signingCertificates.Insert(tx, &SigningCertificate{Account: here, UserID: "AIDA1", ID: "C", Active: true, Uploaded: made}); err != nil {
			return err
		}
		var err error
		text, err = credentialsOf(tx, here)
		return err
	})
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const m, l = "2026-01-02T03:04:05Z", "2026-01-02T04:04:05Z"
	want := [][]string{
		strings.Split(credentialColumns, ","),
		strings.Split("<root_account>|arn:aws:iam::"+here+":root|"+m+"|true|"+l+"|"+l+"|not_supported|true|false|N/A|N/A|N/A|N/A|false|N/A|N/A|N/A|N/A|false|N/A|false|N/A", "|"),
		strings.Split("alice|arn:aws:iam::"+here+":user/a/alice|"+m+"|true|"+l+"|"+l+"|2026-02-01T04:04:05Z|true|false|"+m+"|N/A|N/A|N/A|true|"+l+"|"+l+"|eu-west-1|sqs|true|"+m+"|false|N/A", "|"),
		strings.Split("Bob, the builder|arn:aws:iam::"+here+":user/Bob, the builder|"+m+"|true|no_information|"+m+"|2026-02-01T03:04:05Z|false|false|N/A|N/A|N/A|N/A|false|N/A|N/A|N/A|N/A|false|N/A|false|N/A", "|"),
	}
	if d := cmp.Diff(want, rows); d != "" {
		t.Errorf("report (-want +got):\n%s", d)
	}
	if strings.HasSuffix(text, "\n") {
		t.Error("the report ends with an empty line")
	}
}

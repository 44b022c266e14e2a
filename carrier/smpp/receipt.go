package smpp

import (
	"slices"
	"strings"

	"vauban/carrier/smpp/pdu"
)

// receiptFields are what a receipt says of a message beside the beginning of its text. SMPP 3.4, appendix B, which lets every centre write as it likes.
var receiptFields = []string{"id", "sub", "dlvrd", "date", "stat", "err"}

// receipt is what may be logged of a receipt: the fields that are known, up to the text of the message, which is nobody's business. What cannot be read is
// left out whole.
func receipt(m *pdu.Message) string {
	text, ok := content(m)
	if !ok {
		return "unreadable"
	}
	var kept []string
	for word := range strings.FieldsSeq(text) {
		name, value, _ := strings.Cut(word, ":")
		if name = strings.ToLower(name); name == "text" {
			break
		}
		if slices.Contains(receiptFields, name) && len(value) <= maxReceiptField && !strings.ContainsFunc(value, notOfField) {
			kept = append(kept, name+":"+value)
		}
	}
	return strings.Join(kept, " ")
}

// maxReceiptField is the length of a message's ID, the longest of the fields. SMPP 3.4, 5.2.23.
const maxReceiptField = 65

func notOfField(c rune) bool {
	return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.'
}

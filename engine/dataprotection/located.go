package dataprotection

import (
	"slices"
	"unicode/utf8"
)

// Located is how often texts have something that an identifier names, and where: what may be told of them without telling what it is. Amazon CloudWatch Logs
// User Guide: "Audit findings reports".
type Located struct {
	Name       string     `json:"name"`
	Count      int        `json:"count"`
	Detections []Location `json:"detections"`
}

// Location counts characters of its text from 1; the end is the last.
type Location struct {
	Start int `json:"start"`
	End   int `json:"end"`
}

// Locate adds to what was located the findings of one more text, which are in order.
func Locate(all []Located, text string, found []Finding) []Located {
	at, chars := 0, 0
	for _, f := range found {
		chars += utf8.RuneCountInString(text[at:f.Start])
		at = f.Start
		i := slices.IndexFunc(all, func(x Located) bool { return x.Name == f.Identifier })
		if i < 0 {
			i = len(all)
			all = append(all, Located{Name: f.Identifier})
		}
		all[i].Count++
		all[i].Detections = append(all[i].Detections, Location{chars + 1, chars + utf8.RuneCountInString(text[f.Start:f.End])})
	}
	return all
}

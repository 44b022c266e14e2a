package cli

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"vauban/engine/policy/cases"
)

// maxQuestion bounds one line of questions, in bytes.
const maxQuestion = 4 << 20

// runCases answers questions, one JSON object a line, from a file or "-" for standard input. It needs no server.
func runCases(std *stdio, file string) error {
	in := std.in
	if file != "-" {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	return answerCases(in, std.out)
}

func answerCases(in io.Reader, out io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxQuestion)
	w := bufio.NewWriter(out)
	answers := json.NewEncoder(w)
	answers.SetEscapeHTML(false)
	var reader cases.Reader
	unanswered := 0
	for n := 1; lines.Scan(); n++ {
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		a, ok := reader.Answer(lines.Bytes())
		if !ok {
			unanswered++
			a.Error = fmt.Sprintf("line %d: %s", n, a.Error)
		}
		if err := answers.Encode(&a); err != nil {
			return err
		}
	}
	if err := errors.Join(lines.Err(), w.Flush()); err != nil {
		return err
	}
	if unanswered > 0 {
		return hint(fmt.Errorf("%d questions could not be decided", unanswered), "see the member \"error\" of their answers")
	}
	return nil
}

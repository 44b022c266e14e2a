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

// answerCases writes an answer a line, in order. What is answered is written out before it waits for more, so that a program can ask one
// question after the other through pipes.
func answerCases(in io.Reader, out io.Writer) error {
	w := bufio.NewWriterSize(out, 64<<10)
	lines := bufio.NewReaderSize(&obliging{in, w}, 64<<10)
	answers := json.NewEncoder(w)
	answers.SetEscapeHTML(false)
	var reader cases.Reader
	var line []byte
	var end error
	unanswered := 0
	for n := 1; end == nil; n++ {
		var whole bool
		line, whole, end = readQuestion(lines, line[:0])
		if end != nil && end != io.EOF {
			break
		}
		a, ok := cases.Answer{Error: fmt.Sprintf("the question is longer than %d bytes", maxQuestion)}, false
		if whole {
			if line = bytes.TrimSpace(line); len(line) == 0 {
				continue
			}
			a, ok = reader.Answer(line)
		}
		if !ok {
			unanswered++
			a.Error = fmt.Sprintf("line %d: %s", n, a.Error)
		}
		if err := answers.Encode(&a); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if end != io.EOF {
		return fmt.Errorf("read the questions: %w", end)
	}
	if unanswered > 0 {
		return hint(fmt.Errorf("%d questions could not be decided", unanswered), "see the member \"error\" of their answers")
	}
	return nil
}

// obliging is an input that writes out what is answered before it may have to wait.
type obliging struct {
	in       io.Reader
	answered *bufio.Writer
}

func (o *obliging) Read(p []byte) (int, error) {
	if err := o.answered.Flush(); err != nil {
		return 0, err
	}
	return o.in.Read(p)
}

// readQuestion appends the next line, the last one with or without its end, to line. A line that is too long is read to its end and not
// kept; whole is false.
func readQuestion(in *bufio.Reader, line []byte) (_ []byte, whole bool, err error) {
	whole = true
	for {
		part, err := in.ReadSlice('\n')
		if whole = whole && len(line)+len(part) <= maxQuestion; whole {
			line = append(line, part...)
		} else {
			line = line[:0]
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, whole, err
		}
	}
}

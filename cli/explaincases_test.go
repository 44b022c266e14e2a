package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// ask is a question that root's own permissions answer.
func ask(id string) string {
	return `{"id":"` + id + `","request":{"principal":"111122223333","action":"s3:GetObject","resource":"arn:aws:s3:::b/k"}}`
}

func TestAnswersKeepTheOrderOfTheQuestions(t *testing.T) {
	for name, in := range map[string]string{
		"lines":               ask("a") + "\n" + ask("b") + "\n",
		"no end of last line": ask("a") + "\n" + ask("b"),
		"CRLF":                ask("a") + "\r\n" + ask("b") + "\r\n",
		"blank lines":         "\n  \n" + ask("a") + "\n\r\n\n" + ask("b") + "\n\t",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if err := answerCases(strings.NewReader(in), &out); err != nil {
				t.Fatal(err)
			}
			const want = `{"id":"a","decision":"allow","decidedBy":[]}` + "\n" + `{"id":"b","decision":"allow","decidedBy":[]}` + "\n"
			if out.String() != want {
				t.Errorf("%s\nwant %s", out.String(), want)
			}
		})
	}
}

// A program at the other end of two pipes asks, waits for the answer, and asks again; a question that has only begun holds nothing back.
func TestAnAnswerComesBeforeTheNextQuestion(t *testing.T) {
	questions, in := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		err := answerCases(questions, out)
		out.CloseWithError(err)
		done <- err
	}()
	lines := bufio.NewReader(answers)
	begun := ""
	for i := range 20 {
		id := fmt.Sprint(i)
		q := ask(id) + "\n"
		next := ask(fmt.Sprint(i + 1))[:20]
		if _, err := io.WriteString(in, q[len(begun):]+next); err != nil {
			t.Fatal(err)
		}
		begun = next
		line, err := lines.ReadString('\n')
		if err != nil || !strings.Contains(line, `"id":"`+id+`"`) {
			t.Fatalf("%q %v, want the answer %s", line, err, id)
		}
	}
	_, _ = io.WriteString(in, ask("20")[len(begun):])
	in.Close()
	if line, err := lines.ReadString('\n'); !strings.Contains(line, `"id":"20"`) {
		t.Errorf("%q %v", line, err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// What cannot be decided has an answer on its line, and the command fails at the end.
func TestUndecidedQuestions(t *testing.T) {
	long := strings.Repeat(" ", maxQuestion) + ask("long")
	var out bytes.Buffer
	err := answerCases(strings.NewReader(ask("a")+"\n{\n"+long+"\n"+ask("b")), &out)
	if err == nil || err.Error() != "2 questions could not be decided" {
		t.Errorf("%v", err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(got) != 4 || !strings.Contains(got[1], "line 2: the question cannot be read") || !strings.Contains(got[2], "line 3: the question is longer than 4194304 bytes") ||
		!strings.Contains(got[3], `"id":"b","decision":"allow"`) {
		t.Errorf("%q", got)
	}
}

type broken struct{ error }

func (b broken) Read([]byte) (int, error)  { return 0, b.error }
func (b broken) Write([]byte) (int, error) { return 0, b.error }

func TestPipesThatBreak(t *testing.T) {
	gone := broken{errors.New("gone")}
	var out bytes.Buffer
	if err := answerCases(io.MultiReader(strings.NewReader(ask("a")+"\n"), gone), &out); !errors.Is(err, gone.error) || !strings.Contains(out.String(), `"id":"a"`) {
		t.Errorf("%v %s", err, out.String())
	}
	if err := answerCases(strings.NewReader(ask("a")), gone); !errors.Is(err, gone.error) {
		t.Errorf("%v", err)
	}
}

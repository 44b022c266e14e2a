package logquery

// Unmasks reports whether the query shows what is masked in messages: who starts it must be allowed to see that, and records must bring it ([Record.Bare]). User Guide:
// "unmask".
func (q *Query) Unmasks() bool { return q.unmasks }

// message is the one field that can be unmasked.
const message = "@message"

// unmask is the message with what is masked in it.
func unmask(s *scope, args []expr) value {
	if r := s.row.rec; r != nil && r.Bare != "" {
		return r.Bare
	}
	return args[0].eval(s)
}

// unmasking checks the argument of unmask.
func (p *parser) unmasking(t token, args []expr) error {
	if f, ok := args[0].(*field); !ok || f.name != message {
		p.tok = t
		return p.fail("unmask takes the field @message")
	}
	p.unmasks = true
	return nil
}

// unmasked parses the command: from here on @message is the whole.
func (p *parser) unmasked(t token) ([]column, error) {
	x, err := p.primary()
	if err != nil {
		return nil, err
	}
	if err := p.unmasking(t, []expr{x}); err != nil {
		return nil, err
	}
	return []column{{x: &call{functions["unmask"], []expr{x}}, name: message}}, nil
}

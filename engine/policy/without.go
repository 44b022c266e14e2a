package policy

// Without returns a copy of the document in which the statements of these indexes match nothing. The others keep their indexes, so that
// what cites them stays true: it answers "what if this statement were not there?".
func (d *Document) Without(statements ...int) *Document {
	out := &Document{Version: d.Version, ID: d.ID, Statements: append([]Statement(nil), d.Statements...)}
	for _, i := range statements {
		if i >= 0 && i < len(out.Statements) {
			out.Statements[i] = Statement{Position: d.Statements[i].Position, Effect: ExplicitDeny, Action: []Element{}}
		}
	}
	return out
}

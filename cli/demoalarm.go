package cli

import "context"

// makeAlarm makes an alarm on what the rule matches.
func (t *teller) makeAlarm(ctx context.Context, w *watch) error {
	return nil
}

package scheduler

import (
	"time"

	"vauban/store"
)

// Schedule says when a target is invoked.
type Schedule struct {
	Account, Region, Group, Name string

	Timing
	Window      int64     `json:",omitempty"` // minutes in which an invocation may be; 0 is OFF
	After       string    // what happens after completion: NONE or DELETE
	Description string    `json:",omitempty"` // "" when sealed
	Target      Target    // without its input when sealed
	Lock        *Lock     `json:",omitempty"` // with a KMS key
	Begin       time.Time // a rate counts from it
	Next        time.Time `json:",omitzero"` // occurrence to come
	Created     time.Time
	Modified    time.Time
	Token       string `json:",omitempty"` // ClientToken of its creation
	Request     string `json:",omitempty"` // digest of that
}

// Timing is what decides when a schedule is due.
type Timing struct {
	Expression string
	Zone       string
	Start      time.Time `json:",omitzero"`
	End        time.Time `json:",omitzero"`
	State      string
}

// Target is what is invoked, as which role.
type Target struct {
	ARN, Role  string
	Input      *string `json:",omitempty"`
	DeadLetter string  `json:",omitempty"` // ARN of a queue
	Retries    int64
	Age        int64   // seconds after which an invocation is not tried again
	Message    *string `json:",omitempty"` // MessageGroupId of a queue
	Source     string  `json:",omitempty"` // of a bus
	DetailType string  `json:",omitempty"`
}

// The defaults of a retry policy. API reference: "RetryPolicy".
const (
	defaultRetries = 185
	defaultAge     = 86400
)

var schedules = &store.Table[Schedule]{
	Name: "scheduler.schedule",
	Key:  func(x *Schedule) store.Key { return store.K(x.Account, x.Region, x.Group, x.Name) },
}

// Due is a schedule that has an occurrence to come, found by its time.
type Due struct {
	At                           time.Time
	Account, Region, Group, Name string
}

var dues = &store.Table[Due]{
	Name: "scheduler.due",
	Key:  func(d *Due) store.Key { return store.K(d.At, d.Account, d.Region, d.Group, d.Name) },
}

func (x *Schedule) due() *Due { return &Due{x.Next, x.Account, x.Region, x.Group, x.Name} }

func (x *Schedule) arn(partition string) string {
	return scheduleARN(partition, x.Account, x.Region, x.Group, x.Name)
}

func scheduleARN(partition, account, region, group, name string) string {
	return "arn:" + partition + ":scheduler:" + region + ":" + account + ":schedule/" + group + "/" + name
}

// put stores a schedule with its due time. former is the time under which it was found until now, zero for none.
func put(tx store.Tx, x *Schedule, former time.Time) error {
	if !former.IsZero() {
		old := *x
		old.Next = former
		if err := dues.Delete(tx, dues.Key(old.due())); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	if !x.Next.IsZero() {
		if err := dues.Put(tx, x.due()); err != nil {
			return err
		}
	}
	return schedules.Put(tx, x)
}

// remove deletes a schedule.
func remove(tx store.Tx, x *Schedule) error {
	if !x.Next.IsZero() {
		if err := dues.Delete(tx, dues.Key(x.due())); err != nil && !store.IsAbsent(err) {
			return err
		}
	}
	return schedules.Delete(tx, schedules.Key(x))
}

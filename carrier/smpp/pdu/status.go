package pdu

import "fmt"

// Status is a command_status (section 5.1.3).
type Status uint32

// The statuses that are told apart here.
const (
	OK                 Status = 0x00
	InvalidLength      Status = 0x01 // of the message
	InvalidCommandSize Status = 0x02
	InvalidCommand     Status = 0x03
	WrongBindState     Status = 0x04
	AlreadyBound       Status = 0x05
	SystemError        Status = 0x08
	InvalidSource      Status = 0x0a
	InvalidDestination Status = 0x0b
	BindFailed         Status = 0x0d
	InvalidPassword    Status = 0x0e
	InvalidSystemID    Status = 0x0f
	QueueFull          Status = 0x14
	InvalidClass       Status = 0x43
	SubmitFailed       Status = 0x45
	InvalidSourceTON   Status = 0x48
	InvalidSourceNPI   Status = 0x49
	InvalidTON         Status = 0x50
	InvalidNPI         Status = 0x51
	Throttled          Status = 0x58
	TemporaryReceiver  Status = 0x64
	PermanentReceiver  Status = 0x65
	RejectedByReceiver Status = 0x66
)

// Error implements error.
func (s Status) Error() string {
	if name := s.name(); name != "" {
		return fmt.Sprintf("%s (status %#x)", name, uint32(s))
	}
	return fmt.Sprintf("status %#x", uint32(s))
}

func (s Status) name() string {
	switch s {
	case OK:
		return "no error"
	case InvalidLength:
		return "the message has no valid length"
	case InvalidCommandSize:
		return "the command has no valid length"
	case InvalidCommand:
		return "the command is not known"
	case WrongBindState:
		return "the command is not allowed on this bind"
	case AlreadyBound:
		return "already bound"
	case SystemError:
		return "system error"
	case InvalidSource:
		return "the sender is not valid"
	case InvalidDestination:
		return "the number is not valid"
	case BindFailed:
		return "the bind failed"
	case InvalidPassword:
		return "wrong password"
	case InvalidSystemID:
		return "wrong system ID"
	case QueueFull:
		return "the queue is full"
	case InvalidClass:
		return "the message's class is not valid"
	case SubmitFailed:
		return "the message was not taken"
	case InvalidSourceTON, InvalidSourceNPI:
		return "the kind of sender is not valid"
	case InvalidTON, InvalidNPI:
		return "the kind of number is not valid"
	case Throttled:
		return "throttled"
	case TemporaryReceiver:
		return "the receiver fails for now"
	case PermanentReceiver:
		return "the receiver fails for good"
	case RejectedByReceiver:
		return "the receiver rejects it"
	}
	return ""
}

// Final says whether the status speaks of the message itself, so that sending it again does not help. The others speak of the link, the
// account or the hour.
func (s Status) Final() bool {
	switch s {
	case InvalidLength, InvalidSource, InvalidDestination, InvalidClass, InvalidSourceTON, InvalidSourceNPI, InvalidTON, InvalidNPI, PermanentReceiver, RejectedByReceiver:
		return true
	}
	return false
}

package pdu

// Version is SMPP 3.4.
const Version = 0x34

// Bind opens a session (section 4.1).
type Bind struct {
	SystemID, Password, SystemType string
	Version                        byte
	Range                          Address // that is served: its text may be an expression
}

func (b *Bind) append(w *writer) {
	w.text("system_id", b.SystemID, 16)
	w.text("password", b.Password, 9)
	w.text("system_type", b.SystemType, 13)
	w.octet(b.Version)
	b.Range.append(w, "address_range", 41)
}

func (b *Bind) parse(r *reader) {
	b.SystemID = r.text("system_id", 16)
	b.Password = r.text("password", 9)
	b.SystemType = r.text("system_type", 13)
	b.Version = r.octet()
	b.Range.parse(r, "address_range", 41)
}

// BindResponse answers it.
type BindResponse struct {
	SystemID   string
	Parameters []Parameter
}

func (b *BindResponse) append(w *writer) {
	w.text("system_id", b.SystemID, 16)
	w.parameters(b.Parameters)
}

func (b *BindResponse) parse(r *reader) {
	b.SystemID = r.text("system_id", 16)
	b.Parameters = r.parameters()
}

// Kinds of numbers (sections 5.2.5 and 5.2.6).
const (
	TONUnknown, TONInternational, TONNetwork, TONAlphanumeric = 0, 1, 3, 5
	NPIUnknown, NPIE164                                       = 0, 1
)

// Address is a number or name.
type Address struct {
	TON, NPI byte
	Text     string
}

func (a *Address) append(w *writer, name string, limit int) {
	w.octet(a.TON)
	w.octet(a.NPI)
	w.text(name, a.Text, limit)
}

func (a *Address) parse(r *reader, name string, limit int) {
	a.TON, a.NPI = r.octet(), r.octet()
	a.Text = r.text(name, limit)
}

// Flags of Message.Class (section 5.2.12).
const (
	ClassHeader  = 0x40 // the text begins with a user data header
	ClassReceipt = 0x04 // a delivery receipt
	ClassKind    = 0x3c // the bits that tell kinds of messages
)

// Message is submit_sm and deliver_sm, which have the same fields (sections 4.4 and 4.6).
type Message struct {
	ServiceType        string
	Source, To         Address
	Class              byte // esm_class
	Protocol, Priority byte
	Schedule, Validity string
	Registered         byte // registered_delivery: 1 asks for a receipt
	Replace            byte
	Coding             byte
	Default            byte   // of the messages that the centre keeps
	Text               []byte // at most 254 octets
	Parameters         []Parameter
}

func (m *Message) append(w *writer) {
	w.text("service_type", m.ServiceType, 6)
	m.Source.append(w, "source_addr", 21)
	m.To.append(w, "destination_addr", 21)
	w.octet(m.Class)
	w.octet(m.Protocol)
	w.octet(m.Priority)
	w.text("schedule_delivery_time", m.Schedule, 17)
	w.text("validity_period", m.Validity, 17)
	w.octet(m.Registered)
	w.octet(m.Replace)
	w.octet(m.Coding)
	w.octet(m.Default)
	if len(m.Text) > 254 {
		w.fail("short_message has %d octets, more than 254", len(m.Text))
		return
	}
	w.octet(byte(len(m.Text)))
	w.out = append(w.out, m.Text...)
	w.parameters(m.Parameters)
}

func (m *Message) parse(r *reader) {
	m.ServiceType = r.text("service_type", 6)
	m.Source.parse(r, "source_addr", 21)
	m.To.parse(r, "destination_addr", 21)
	m.Class, m.Protocol, m.Priority = r.octet(), r.octet(), r.octet()
	m.Schedule = r.text("schedule_delivery_time", 17)
	m.Validity = r.text("validity_period", 17)
	m.Registered, m.Replace, m.Coding, m.Default = r.octet(), r.octet(), r.octet(), r.octet()
	n := r.octet()
	if n > 254 {
		r.fail("short_message has %d octets, more than 254", n)
		return
	}
	m.Text = r.octets(int(n))
	m.Parameters = r.parameters()
}

// Payload is the text, wherever it stands.
func (m *Message) Payload() []byte {
	if len(m.Text) == 0 {
		return m.Parameter(MessagePayload)
	}
	return m.Text
}

// Parameter is an optional parameter's value, nil when it is not there.
func (m *Message) Parameter(tag Tag) []byte {
	for _, p := range m.Parameters {
		if p.Tag == tag {
			return p.Value
		}
	}
	return nil
}

// MessageResponse is submit_sm_resp and deliver_sm_resp.
type MessageResponse struct {
	ID         string // "" in answers to deliver_sm
	Parameters []Parameter
}

func (m *MessageResponse) append(w *writer) {
	w.text("message_id", m.ID, 65)
	w.parameters(m.Parameters)
}

func (m *MessageResponse) parse(r *reader) {
	m.ID = r.text("message_id", 65)
	m.Parameters = r.parameters()
}

package caller

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"unicode"
)

// Headers in which the router tells the domains where a mutation came from. The
// router sets them itself, over whatever a client sent.
const (
	AddressHeader = "Heddle-Client-Address"
	AgentHeader   = "Heddle-User-Agent"
)

// agentLimit is the length of what is kept of a User-Agent, in bytes.
const agentLimit = 300

// Device is where a request came from, as far as is known. It is for people to
// recognise their sign-ins and to slow down guessing, never to decide what
// somebody may do.
type Device struct {
	Address string // an IP address, or "" if it is not known
	Agent   string // what the client called itself, or ""
}

// NewDevice is a device at the address, which may have a port, that calls
// itself the agent. What is not an address is not known.
func NewDevice(address, agent string) Device {
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	d := Device{Agent: strings.ToValidUTF8(strings.Map(printable, agent[:min(len(agent), agentLimit)]), "")}
	if parsed, err := netip.ParseAddr(address); err == nil {
		d.Address = parsed.Unmap().WithZone("").String()
	}
	return d
}

func printable(r rune) rune {
	if unicode.IsControl(r) || r == unicode.ReplacementChar {
		return -1
	}
	return r
}

// DeviceOf reads the headers that the router set.
func DeviceOf(h http.Header) Device { return NewDevice(h.Get(AddressHeader), h.Get(AgentHeader)) }

// Onto returns a copy of the headers that tells of the device, and of no other.
func (d Device) Onto(h http.Header) http.Header {
	h = h.Clone()
	for name, value := range map[string]string{AddressHeader: d.Address, AgentHeader: d.Agent} {
		if h.Del(name); value != "" {
			h.Set(name, value)
		}
	}
	return h
}

// Network is what shares an address's limits: the address, or of IPv6 the /64
// that one subscriber commonly has. It is "" if the address is not known.
func (d Device) Network() string {
	address, err := netip.ParseAddr(d.Address)
	if err != nil || address.Is4() {
		return d.Address
	}
	network, err := address.Prefix(64)
	if err != nil {
		return d.Address
	}
	return network.String()
}

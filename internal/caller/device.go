package caller

import (
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

// DeviceOf reads the headers that the router set.
func DeviceOf(h http.Header) Device {
	var d Device
	if address, err := netip.ParseAddr(h.Get(AddressHeader)); err == nil {
		d.Address = address.Unmap().WithZone("").String()
	}
	agent := h.Get(AgentHeader)
	agent = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, agent[:min(len(agent), agentLimit)])
	d.Agent = strings.ToValidUTF8(agent, "")
	return d
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

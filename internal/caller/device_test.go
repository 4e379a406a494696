package caller_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heddle/internal/caller"
)

func TestNewDevice(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, address, agent string
		want                 caller.Device
		network              string
	}{
		{"an address with its port", "192.0.2.7:55123", "curl/8", caller.Device{Address: "192.0.2.7", Agent: "curl/8"}, "192.0.2.7"},
		{"an address of the sixth version", "[2001:db8:1:2:3:4:5:6%eth0]:80", "", caller.Device{Address: "2001:db8:1:2:3:4:5:6"}, "2001:db8:1:2::/64"},
		{"an old address in a new one", "::ffff:192.0.2.7", "", caller.Device{Address: "192.0.2.7"}, "192.0.2.7"},
		{"no address", "somewhere", "a\x00b\xffc\n", caller.Device{Agent: "abc"}, ""},
		{"a long agent", "", strings.Repeat("a", 1000), caller.Device{Agent: strings.Repeat("a", 300)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := caller.NewDevice(c.address, c.agent)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("the device (-want +got):\n%s", diff)
			}
			if got.Network() != c.network {
				t.Errorf("its network is %q, want %q", got.Network(), c.network)
			}
		})
	}
}

func TestDevice_Onto_takes_the_place_of_what_a_client_said(t *testing.T) {
	t.Parallel()
	said := http.Header{caller.AddressHeader: {"203.0.113.9"}, caller.AgentHeader: {"forged"}, "Accept": {"text/html"}}
	told := caller.Device{Address: "192.0.2.7"}.Onto(said)
	want := http.Header{caller.AddressHeader: {"192.0.2.7"}, "Accept": {"text/html"}}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("the headers (-want +got):\n%s", diff)
	}
	if len(said) != 3 {
		t.Errorf("the client's own headers were changed: %v", said)
	}
}

package notifications

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestParseRates(t *testing.T) {
	t.Parallel()
	got, err := parseRates("EMAIL=20/s, SMS=120/h")
	want := map[NotificationChannel]rate{NotificationChannelEmail: {20, 50 * time.Millisecond}, NotificationChannelSms: {120, 30 * time.Second}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(rate{})); diff != "" || err != nil {
		t.Errorf("error %v, rates (-want +got):\n%s", err, diff)
	}
	for _, text := range []string{"EMAIL", "EMAIL=0/s", "EMAIL=1/day", "FAX=1/s", "EMAIL=x/s"} {
		if _, err := parseRates(text); err == nil {
			t.Errorf("%q is taken for limits", text)
		}
	}
}

func TestNewSMTP_addresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"mail.example.com:25", "http://mail.example.com", "smtp://", "smtp://mail.example.com?tls=none", "smtp://127.0.0.1?tls=perhaps"} {
		if _, err := newSMTP(address, "", "a@b.example"); err == nil {
			t.Errorf("%q is taken for a server's address", address)
		}
	}
	if _, err := newSMTP("smtp://mail.example.com", "no-such-file", "a@b.example"); err == nil {
		t.Error("certificates are read from a file that is not there")
	}
}

package auth

import (
	"strings"
	"testing"

	"heddle/internal/fault"
)

func TestNormalEmail(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, address, want string }{
		{"as it is", "ada@heddle.example", "ada@heddle.example"},
		{"in capitals and with spaces", "  Ada.Lovelace@Heddle.EXAMPLE\n", "ada.lovelace@heddle.example"},
		{"with a tag", "ada+loom@heddle.example", "ada+loom@heddle.example"},
		{"with a domain of other letters", "ada@bücher.example", "ada@xn--bcher-kva.example"},
		{"composed and decomposed alike", "ade\u0301@heddle.example", "adé@heddle.example"},
		{"empty", "", ""},
		{"without a domain", "ada@", ""},
		{"without a person", "@heddle.example", ""},
		{"a domain without a dot", "ada@localhost", ""},
		{"two addresses", "ada@heddle.example, bob@heddle.example", ""},
		{"with a name", "Ada <ada@heddle.example>", ""},
		{"quoted", `"ada"@heddle.example`, ""},
		{"with a line break", "ada@heddle.example\r\nBcc: bob@heddle.example", ""},
		{"too long a person", strings.Repeat("a", 65) + "@heddle.example", ""},
		{"too long", "ada@" + strings.Repeat("heddle.", 40) + "example", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := normalEmail(c.address)
			if got != c.want {
				t.Errorf("normalEmail(%q) is %q, want %q (%v)", c.address, got, c.want, err)
			}
			if (c.want == "") != fault.Is(err, fault.BadInput) {
				t.Errorf("normalEmail(%q) says %v", c.address, err)
			}
		})
	}
}

func TestAddresses(t *testing.T) {
	t.Parallel()
	got, err := addresses(" Ada@heddle.example,, bob@heddle.example ")
	if err != nil || strings.Join(got, " ") != "ada@heddle.example bob@heddle.example" {
		t.Errorf("addresses gave %q, %v", got, err)
	}
	if _, err := addresses("ada"); err == nil || !strings.Contains(err.Error(), "HEDDLE_ADMIN_EMAILS") {
		t.Errorf("a setting that is no list of addresses gave %v", err)
	}
}

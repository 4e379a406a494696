package main

import "strings"

// demoPassword is that of every demo account. It is no secret: the accounts
// are made on the machine of whoever reads it.
const demoPassword = "heddle-demo-1"

// demoPerson is an account of the demo data.
type demoPerson struct{ username, firstName, lastName string }

func (p demoPerson) email() string { return p.username + "@heddle.example" }

var demoPeople = []demoPerson{
	{"ada", "Ada", "Lovelace"},
	{"grace", "Grace", "Hopper"},
	{"alan", "Alan", "Turing"},
}

// demoHead is who is an administrator, unless the settings name others.
func demoHead() demoPerson { return demoPeople[len(demoPeople)-1] }

// demoRoom is a room of the demo data. The first of its people owns it.
type demoRoom struct {
	key, title string
	invitation bool
	people     []string
	talk       []demoLine
	code       []demoCode
}

// demoCode is what the texts of a room read at one time, by name, which
// somebody saves.
type demoCode struct {
	who, label string
	texts      map[string]string
}

type demoLine struct{ who, text string }

var demoRooms = []demoRoom{
	{
		key: "engine", title: "The Analytical Engine", people: []string{"ada", "grace", "alan"},
		talk: []demoLine{
			{"ada", "The engine weaves algebraic patterns just as the Jacquard loom weaves flowers and leaves."},
			{"grace", "Then it wants a compiler. Nobody should have to punch the cards by hand."},
			{"alan", "How would we know whether it ever stops?"},
			{"ada", "Note G has a table for that. It stops at the eighth Bernoulli number."},
			{"grace", "I found what kept it from stopping: a moth, in relay 70."},
		},
		code: []demoCode{
			{who: "ada", label: "By hand", texts: map[string]string{
				"main": "// The first Bernoulli numbers, as in Note G.\nconst numbers = ['1/6', '-1/30', '1/42', '-1/30'];\n",
			}},
			{who: "grace", label: "With a compiler", texts: map[string]string{
				"main":  "// The Bernoulli numbers, as in Note G.\nfunction* numbers() {\n  for (const row = [];;) {\n    row.push(1 / (row.length + 1));\n    for (let j = row.length - 1; j > 0; j--) row[j - 1] = j * (row[j - 1] - row[j]);\n    yield row[0];\n  }\n}\n",
				"notes": "It does not stop by itself, Alan: take as many as you need.\n",
			}},
		},
	},
	{
		key: "pairing", title: "Pair programming", people: []string{"grace", "ada"},
		talk: []demoLine{
			{"grace", "Subscribe to messageCreated here, and send something from another tab."},
			{"ada", "Subscribed. Say something!"},
			{"grace", "It is easier to ask forgiveness than it is to get permission."},
		},
	},
	{
		key: "hut8", title: "Hut 8", invitation: true, people: []string{"alan", "ada"},
		talk: []demoLine{
			{"alan", "This room is by invitation. Grace does not see what is said here."},
			{"ada", "She will have guessed it from the weather report."},
		},
	},
}

// demoAccounts are the accounts' addresses, and who of them is among the
// administrators.
func demoAccounts(administrators string) string {
	var emails []string
	for _, p := range demoPeople {
		email := p.email()
		if strings.Contains(strings.ToLower(administrators), email) {
			email += " (administrator)"
		}
		emails = append(emails, email)
	}
	return strings.Join(emails, ", ")
}

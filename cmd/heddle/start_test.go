package main_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"heddle/internal/drive"
)

const demoPassword = "heddle-demo-1"

// TestDev_demo starts twice over one folder: the first start loads the demo
// data through the graph, the second finds it.
func TestDev_demo(t *testing.T) {
	t.Parallel()
	w := private(t, nil, "--demo=true")
	dev := w.Part("dev")
	first := lobby(t, w.Origin())
	if len(first) < 2 || !strings.Contains(strings.Join(first, " "), "code: With a compiler") || !strings.Contains(dev.Log.Tail(1000), "Loading demo data") {
		t.Errorf("the first start has loaded %d rooms:\n%s", len(first), dev.Log.Tail(1000))
	}
	livingClass(t, w.Origin())
	if err := dev.Stop(soon(t), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if err := dev.Start(ctx); err != nil {
		t.Fatal(err)
	}
	ready, err := dev.Log.Await(soon(t), 0, func(line string) bool { return strings.HasPrefix(line, "Heddle is ready in ") })
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("second start: %s", ready)
	if second := lobby(t, w.Origin()); fmt.Sprint(second) != fmt.Sprint(first) {
		t.Errorf("after the second start there are rooms %v, before it there were %v", second, first)
	}
	if strings.Contains(dev.Log.Tail(1000), "Loading demo data") {
		t.Errorf("the second start loads the demo data again:\n%s", dev.Log.Tail(1000))
	}
	for _, said := range []string{w.Origin() + "/graphql", "ada@heddle.example", demoPassword} {
		if !strings.Contains(dev.Log.Tail(1000), said) {
			t.Errorf("the second start does not name %s:\n%s", said, dev.Log.Tail(1000))
		}
	}
}

// livingClass looks at a demo class as its teacher does.
func livingClass(t *testing.T, origin string) {
	t.Helper()
	ada := signIn(t, origin, "ada@heddle.example", demoPassword)
	const class = `query($teacher: ID!) { students(filter: {teacherId: $teacher}, orderBy: {field: NAME}) { edges { node {
		fullName proficiency { level ellStatus } progress { edges { node { kind } } }
	} } } }`
	a := eventually(t, ada, class, vars{"teacher": ada.id}, func(a drive.Answer) bool {
		return strings.Count(string(a.Data), "ENROLLED") == 4 && strings.Count(string(a.Data), `"ASSESSMENT"`) == 8
	})
	for _, part := range []string{`{"fullName":"María Fernanda Núñez","proficiency":{"level":3.8,"ellStatus":"ELL"}`, `"ellStatus":"MONITORED"`, `"level":null`, `"MILESTONE"`} {
		if !strings.Contains(string(a.Data), part) {
			t.Errorf("the class lacks %s: %s", part, a.Data)
		}
	}
}

// TestDev_demo_without_an_administrator starts where the settings name another
// administrator than the demo data: all but the school is there, and why is said.
func TestDev_demo_without_an_administrator(t *testing.T) {
	t.Parallel()
	w := private(t, []string{"HEDDLE_ADMIN_EMAILS=root@heddle.example"}, "--demo=true")
	const why = "The demo data has no school: its head is alan@heddle.example, who is no administrator, since HEDDLE_ADMIN_EMAILS names others."
	if log := w.Part("dev").Log.Tail(1000); !strings.Contains(log, why) || strings.Contains(log, "could not be loaded") || strings.Contains(log, "(administrator)") {
		t.Errorf("the start says %s\nwant %s", log, why)
	}
	if rooms := lobby(t, w.Origin()); len(rooms) < 2 {
		t.Errorf("there are rooms %v", rooms)
	}
}

// lobby signs each demo account in, and gives the rooms with what was said there.
func lobby(t *testing.T, origin string) []string {
	t.Helper()
	var rooms []string
	for _, name := range []string{"ada", "grace", "alan"} {
		p := signIn(t, origin, name+"@heddle.example", demoPassword)
		var seen struct {
			Rooms struct {
				Edges []struct {
					Node struct {
						Title          string
						Messages       struct{ TotalCount int }
						LatestSnapshot *struct{ Label string }
					}
				}
			}
		}
		a := p.must(t, `{ rooms(filter: {joined: true}, first: 100) { edges { node { title messages { totalCount } latestSnapshot { label } } } } }`, nil)
		if err := a.Into(&seen); err != nil {
			t.Fatal(err)
		}
		for _, e := range seen.Rooms.Edges {
			code := "none"
			if s := e.Node.LatestSnapshot; s != nil {
				code = s.Label
			}
			rooms = append(rooms, fmt.Sprintf("%s: %s (%d messages, code: %s)", name, e.Node.Title, e.Node.Messages.TotalCount, code))
		}
	}
	return rooms
}

// TestDev_interrupted ends the process while people listen and while it starts.
func TestDev_interrupted(t *testing.T) {
	t.Parallel()
	w := private(t, nil)
	dev := w.Part("dev")
	p := signedIn(w.Origin())
	room := p.makeRoom(t, "Curtain")
	socket, err := p.Socket(soon(t))
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	overSocket, err := socket.Listen(`subscription($room: ID!) { roomUpdated(roomId: $room) { title } }`, vars{"room": room})
	if err != nil {
		t.Fatal(err)
	}
	stream, err := p.Stream(t.Context(), `subscription($room: ID!) { roomUpdated(roomId: $room) { title } }`, vars{"room": room})
	if err != nil {
		t.Fatal(err)
	}
	if err := dev.Stop(soon(t), syscall.SIGINT); err != nil {
		t.Fatalf("with subscriptions open: %v", err)
	}
	if err := socket.Closed(soon(t)); !strings.Contains(err.Error(), "1001") {
		t.Errorf("the WebSocket ends with %v, not with 1001", err)
	}
	for _, l := range []*drive.Listening{overSocket, stream} {
		if a, err := l.Next(soon(t)); err == nil {
			t.Errorf("the end brings an event: %s", a.Body)
		}
	}
	again, err := binary().Start("dev", nil, "dev", "--data", filepath.Join(w.Folder, "data"), "--listen", dev.Address, "--demo=false", "--verbose")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Log.Await(soon(t), 0, func(line string) bool { return strings.Contains(line, "NATS is ready") }); err != nil {
		t.Error(err)
	}
	if err := again.Stop(soon(t), syscall.SIGTERM); err != nil {
		t.Errorf("while it starts: %v", err)
	}
}

// TestDev_in_the_way holds what is in the way of a start against the one line
// that it gives.
func TestDev_in_the_way(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("not a folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	used := oneProcess.get(t)
	free, err := drive.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	port := taken.Addr().String()
	inUse := filepath.Join(used.Folder, "data")
	for _, c := range []struct{ name, listen, data, want string }{
		{"taken port", port, t.TempDir(), "heddle: " + port + " is taken: another process listens there; end it, or choose another address with --listen"},
		{"no address", "nowhere", t.TempDir(), "heddle: nowhere cannot be listened on: "},
		{"folder is a file", free, file, "heddle: the data folder " + file + " cannot be used: not a directory"},
		{"folder in a file", free, file + "/data", "heddle: the data folder " + file + "/data cannot be used: not a directory"},
		{"folder in use", free, inUse, fmt.Sprintf("heddle: the data folder %s is in use by another heddle (process %d)", inUse, used.Part("dev").PID())},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, status, err := binary().Run(soon(t), nil, "dev", "--listen", c.listen, "--data", c.data)
			if err != nil {
				t.Fatal(err)
			}
			if status != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, c.want) {
				t.Errorf("status %d, standard output %q, standard error %q; wanted %q", status, stdout, stderr, c.want)
			}
		})
	}
}

// TestDev_ordinary_user starts as somebody who is not root.
func TestDev_ordinary_user(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("every other test runs as an ordinary user already: these tests do not run as root")
	}
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		t.Skip("there is no setpriv on this machine to become an ordinary user with")
	}
	const nobody = 65534
	folder := shared.TempDir()
	if err := os.Chown(folder, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	address, err := drive.FreeAddress()
	if err != nil {
		t.Fatal(err)
	}
	user := []string{setpriv, "--reuid=65534", "--regid=65534", "--clear-groups"}
	dev, err := binary().StartAs(user, "dev", []string{"HOME=" + folder}, "dev", "--data", folder, "--listen", address, "--demo=false")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	if err := dev.Ready(ctx, address); err != nil {
		t.Fatal(err)
	}
	if a := signedOut("http://"+address).must(t, `{ __typename }`, nil); a.Text("__typename") != "Query" {
		t.Errorf("it answers %s", a.Body)
	}
	if err := dev.Stop(soon(t), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if left, err := drive.Leftovers(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestCommands_help reads the help of every command.
func TestCommands_help(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"dev", "router", "subgraph", "stores", "compose", "explain"} {
		stdout, stderr, status, err := binary().Run(soon(t), nil, command, "--help")
		if err != nil || status != 0 || stderr != "" {
			t.Errorf("%s --help: status %d, %v, standard error %q", command, status, err, stderr)
		}
		if !strings.Contains(stdout, "Examples:") || !strings.Contains(stdout, "  heddle "+command) || len(stdout) < 400 {
			t.Errorf("%s --help is not worth reading:\n%s", command, stdout)
		}
	}
}

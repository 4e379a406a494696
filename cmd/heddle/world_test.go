package main_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"heddle/internal/caller/callertest"
	"heddle/internal/drive"
	"heddle/internal/embedded/storetest"
)

// topology is a way to run Heddle. Its world is started when the first test
// needs it, shared by all of them, and ended after the last.
type topology struct {
	name  string
	start func(ctx context.Context, folder string) (*drive.World, error)

	once  sync.Once
	world *drive.World
	err   error
}

// The three ways. What holds in one must hold in all.
var (
	oneProcess = &topology{name: "one process", start: func(ctx context.Context, folder string) (*drive.World, error) {
		return binary().OneProcess(ctx, folder, nil, "--trust", trusted(), "--verbose")
	}}
	apart = &topology{name: "apart", start: func(ctx context.Context, folder string) (*drive.World, error) {
		return binary().Apart(ctx, folder, trusted())
	}}
	redisServer = &topology{name: "redis-server", start: func(ctx context.Context, folder string) (*drive.World, error) {
		redis := storetest.RedisServer(shared)
		return binary().OneProcess(ctx, folder, []string{"HEDDLE_REDIS_URL=" + redis.URL}, "--demo=false", "--trust", trusted(), "--verbose")
	}}
	topologies = []*topology{oneProcess, apart, redisServer}
)

// issuer is an outside one, whose tokens every world accepts beside those of
// our own auth: so tests can have tokens that auth would never give.
var issuer = sync.OnceValue(func() *callertest.Issuer { return callertest.New(shared) })

func trusted() string {
	i := issuer().Issuer()
	return i.Name + " " + i.Audience + " " + i.JWKS
}

// startTime is how long a world may take to start on a busy machine.
const startTime = 2 * time.Minute

// get is the topology's world. When the test fails, what its processes have
// written meanwhile is shown.
func (y *topology) get(t *testing.T) *drive.World {
	t.Helper()
	y.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		y.world, y.err = y.start(ctx, shared.TempDir())
		shared.Cleanup(y.end)
	})
	if y.err != nil {
		t.Fatalf("start %s: %v", y.name, y.err)
	}
	showLogs(t, y.world)
	return y.world
}

func (y *topology) end() {
	if y.world == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	if err := y.world.Stop(ctx); err != nil {
		shared.Error(err)
	}
}

// showLogs prints what the world's processes write from now on if the test fails.
func showLogs(t *testing.T, w *drive.World) {
	t.Helper()
	marks := map[*drive.Part]int{}
	for _, p := range w.Parts {
		marks[p] = p.Log.Mark()
	}
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, p := range w.Parts {
			lines := p.Log.Since(min(marks[p], p.Log.Mark()))
			lines = lines[max(0, len(lines)-60):]
			if len(lines) > 0 {
				t.Logf("--- %s: %s ---", w.Name, p.Name)
			}
			for _, line := range lines {
				t.Logf("%.600s", line)
			}
		}
	})
}

// everywhere runs the test in every topology.
func everywhere(t *testing.T, test func(t *testing.T, w *drive.World)) {
	t.Helper()
	for _, y := range topologies {
		t.Run(y.name, func(t *testing.T) {
			t.Parallel()
			test(t, y.get(t))
		})
	}
}

// private is a world of this test alone, in one process. The test may break it;
// if it still runs in the end it must end well.
func private(t *testing.T, env []string, args ...string) *drive.World {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startTime)
	defer cancel()
	w, err := binary().OneProcess(ctx, t.TempDir(), env, append([]string{"--demo=false", "--trust", trusted(), "--verbose"}, args...)...)
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	showLogs(t, w)
	t.Cleanup(func() { stop(t, w) })
	return w
}

// stop ends a world, which must go well.
func stop(t *testing.T, w *drive.World) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	if err := w.Stop(ctx); err != nil {
		t.Error(err)
	}
}
